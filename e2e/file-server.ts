import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** A plain file server that has a build in a folder; it knows the kinds of file that docs/hosting.md asks for. */
export class FileServer {
  readonly #server: Server;
  readonly #folder: string;
  /** Paths within the folder that were asked for. */
  readonly asked: string[] = [];

  private constructor(dist: string, folder: string, headers: Record<string, string>) {
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      const named = join(dist, path.slice(folder.length) || 'index.html');
      if (!path.startsWith(folder) || !existsSync(named) || !statSync(named).isFile()) {
        response.writeHead(404).end();
        return;
      }
      this.asked.push(path.slice(folder.length));
      response.writeHead(200, { 'content-type': types[extname(named)] ?? 'application/octet-stream', ...headers });
      createReadStream(named).pipe(response);
    });
  }

  /** Cross-origin isolated if wanted, so that pages may share memory between threads. */
  static start(dist: string, folder: string, { isolate = false } = {}): Promise<FileServer> {
    const server = new FileServer(dist, folder, isolate ? isolated : {});
    return new Promise((listening) => server.#server.listen(0, '127.0.0.1', () => listening(server)));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.#folder}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
