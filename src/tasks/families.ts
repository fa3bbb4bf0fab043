/** A line a task: its name is the one under which configs and files know it. */
export { masquerade } from './masquerade';
export { lights } from './lights';
