import { readBaseArchive, type BaseAgents } from '../src/checkpoint/archive';
import type { Level } from '../src/world/world';

/** The agents that runs start from could not be had. */
export class BaseAgentsError extends Error {
  override name = 'BaseAgentsError';
}

/** Built workers stand in `assets/` and unbuilt ones in `workers/`: the page's own folder is the one above, at any base path. */
function address(level: Level): URL {
  return new URL(`../agents/${level}.waltz`, self.location.href);
}

/**
 * Fetches the base agents of a level, which are shipped beside the page. `progress` counts bytes. Throws
 * `BaseAgentsError`, or what `readBaseArchive` throws.
 */
export async function fetchBaseAgents(
  level: Level,
  progress: (done: number, total: number) => void,
): Promise<BaseAgents> {
  const refuse = (why: string, cause?: unknown): never => {
    const message = `The base agents of the ${level} level did not load: ${why}. Check the connection, then press Train again.`;
    throw new BaseAgentsError(message, { cause });
  };
  const response = await fetch(address(level)).catch((error: unknown) => refuse('the server did not answer', error));
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
  return await readBaseArchive(new Uint8Array(await new Blob(chunks).arrayBuffer()));
}
