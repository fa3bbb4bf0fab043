import { existsSync } from 'node:fs';
import { STATUS_CODES, createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative, sep } from 'node:path';
import serveStatic from 'serve-static';
import { caching, headersAllowing } from './page-headers';
import { root } from './root';

/** There is nothing to serve. */
export class PageMissingError extends Error {
  override name = 'PageMissingError';
}

/** The address cannot be listened at. */
export class AddressError extends Error {
  override name = 'AddressError';
}

/** The first port that is tried where none is asked for, and how many after it. */
const FIRST_PORT = 4173;
const TRIES = 100;

/** Where `npm run build` puts the page. */
const built = join(root, 'dist');

export interface PageServer {
  /** Of the page, with the host's name in it. */
  address: string;
  close: () => void;
}

/**
 * Serves the built page as a good static host would.
 *
 * @param port null takes the next free one, from 4173 on.
 * @param allowed origins that the page may download models from, beside the Hub.
 * @throws {PageMissingError} @throws {AddressError}
 */
export async function servePage(
  { port, host, allowed = [] }: { port: number | null; host: string; allowed?: readonly string[] },
  folder = built,
): Promise<PageServer> {
  if (!existsSync(join(folder, 'index.html'))) {
    throw new PageMissingError(`The page is not built: there is no index.html in ${folder}. Call: npm run build`);
  }
  const server = createServer(responder(folder, headersAllowing(allowed)));
  await listen(server, port, host);
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: addressOf(server), close };
}

function responder(folder: string, headers: Readonly<Record<string, string>>) {
  const files = serveStatic(folder, {
    fallthrough: false,
    redirect: false,
    cacheControl: false,
    setHeaders: (response, path) => {
      const hashed = relative(folder, path).startsWith(`assets${sep}`);
      response.setHeader('Cache-Control', hashed ? caching.assets : caching.others);
    },
  });
  return (request: Parameters<typeof files>[0], response: ServerResponse) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    files(request, response, (error) => refuse(response, error!));
  };
}

/** What serve-static hands on; a range that lies outside of its file has headers of its own. */
interface Refusal {
  statusCode: number;
  headers?: Record<string, string> | undefined;
}

/** Says the status alone: the error's own words have paths of this machine. */
function refuse(response: ServerResponse, { statusCode, headers }: Refusal): void {
  // The file broke off in mid-response.
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const plain = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-cache' };
  response.writeHead(statusCode, { ...headers, ...plain });
  response.end(`${statusCode} ${STATUS_CODES[statusCode]}\n`);
}

async function listen(server: Server, port: number | null, host: string): Promise<void> {
  const last = port ?? FIRST_PORT + TRIES;
  for (let candidate = port ?? FIRST_PORT; ; candidate++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(candidate, host, () => {
          server.off('error', reject);
          resolve();
        });
      });
      return;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && candidate < last) continue;
      throw new AddressError(`Could not serve: ${message}. Choose another port or host.`);
    }
  }
}

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`;
}
