/** A line a judge: its name is the one under which results and the command line know it. */
export { phrases } from './phrases';
