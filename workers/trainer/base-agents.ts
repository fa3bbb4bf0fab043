import { readBaseArchive, type BaseAgents } from '../../src/checkpoint/archive';
import { archiveName, isShipped, withoutBaseAgents, type BaseChoice } from '../../src/lab/models/shipped';
import { archivesOf, readBeginning, type Beginning } from '../../src/lab/reproduction/beginning';

/** The agents that runs start from could not be had. */
export class BaseAgentsError extends Error {
  override name = 'BaseAgentsError';
}

/** Built workers stand in `assets/`, so the page's own folder is the one above, at any base path; unbuilt ones are served from the root. */
function address(name: string): URL {
  return new URL(`${import.meta.env.DEV ? '/' : '../'}agents/${name}.waltz`, self.location.href);
}

/**
 * Fetches base agents, which are shipped beside the page. `progress` counts bytes. Throws `BaseAgentsError`, or what
 * `readBaseArchive` throws.
 */
export async function fetchBaseAgents(
  choice: BaseChoice,
  progress: (done: number, total: number) => void,
): Promise<BaseAgents> {
  checkShipped(choice);
  const name = archiveName(choice);
  return await readBaseArchive(await fetchArchive(name, `The base agents of ${name}`, progress));
}

/** Fetches base agents and their safeguard, one after the other. Throws as above. */
export async function fetchBeginning(choice: BaseChoice): Promise<Beginning> {
  checkShipped(choice);
  const [base, safeguard] = archivesOf(choice);
  return await readBeginning(choice, [
    await fetchArchive(base, `The base agents of ${base}`),
    await fetchArchive(safeguard, `The safeguard of ${base}`),
  ]);
}

function checkShipped(choice: BaseChoice): void {
  if (isShipped(choice)) return;
  throw new BaseAgentsError(`There are no base agents of ${archiveName(choice)} here. ${withoutBaseAgents(choice)}`);
}

async function fetchArchive(
  name: string,
  what: string,
  progress: (done: number, total: number) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new BaseAgentsError(`${what} did not load: ${why}. Check the connection, then try again.`, { cause });
  };
  const response = await fetch(address(name)).catch((error: unknown) => refuse('the server did not answer', error));
  if (!response.ok) refuse(`the server answered ${response.status}`);
  // Single-page servers answer with their page where a file is missing.
  if (response.headers.get('content-type')?.startsWith('text/html')) refuse('they are not on this server');
  const total = Number(response.headers.get('content-length') ?? 0);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      done += chunk.length;
      progress(done, Math.max(done, total));
    }
  } catch (error) {
    refuse('the connection broke off', error);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
