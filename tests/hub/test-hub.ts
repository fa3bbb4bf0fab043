/**
 * A Hub of its own over real HTTP: the paths, headers and redirects of huggingface.co, with large files at a second origin.
 * Each fault that a test wants is asked for by name.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestRepository {
  files: Readonly<Record<string, Uint8Array>>;
  /** Paths that lie in the large storage: at the second origin, listed with SHA-256. */
  large?: readonly string[];
  /** A token that is asked for. */
  token?: string;
  licence?: string;
}

/** What may be wrong with a file, or with the way to it. */
export interface Fault {
  /** The connection is cut after so many bytes of an answer. */
  cutAfter?: number;
  /** How many answers are cut; all if left out. */
  cuts?: number;
  /** Ranges are answered with status 200 and all of it. */
  ignoresRange?: boolean;
  /** Another content than is listed. */
  content?: Uint8Array;
  /** A page, with status 200. */
  page?: boolean;
  status?: number;
  /** Every piece of 16 kB waits for so many milliseconds. */
  slow?: number;
  /** Changes with each answer. */
  etag?: () => string;
}

export const COMMIT = 'c0ffee'.padEnd(40, '0');

export interface Asked {
  origin: 'hub' | 'storage';
  path: string;
  range: string | undefined;
  authorization: string | undefined;
}

export class TestHub {
  readonly repositories: Record<string, TestRepository> = {};
  /** By path; of a plain file beside the repositories too. */
  readonly faults: Record<string, Fault> = {};
  /** Plain files of the storage's origin, by path. */
  readonly plain: Record<string, Uint8Array> = {};
  readonly asked: Asked[] = [];
  readonly #hub: Server;
  readonly #storage: Server;

  private constructor() {
    this.#hub = createServer((request, response) => void this.#answer('hub', request, response));
    this.#storage = createServer((request, response) => void this.#answer('storage', request, response));
  }

  static async start(): Promise<TestHub> {
    const hub = new TestHub();
    for (const server of [hub.#hub, hub.#storage]) {
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    }
    return hub;
  }

  get address(): string {
    return addressOf(this.#hub);
  }

  get storage(): string {
    return addressOf(this.#storage);
  }

  /** Requests for a file's content, at whichever origin has it. */
  requestsFor(file: string): Asked[] {
    return this.asked.filter(
      ({ path, origin }) => path.endsWith(file) && (origin === 'storage' || !path.startsWith('/api')),
    );
  }

  close(): void {
    for (const server of [this.#hub, this.#storage]) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #answer(origin: Asked['origin'], request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader(
      'Access-Control-Expose-Headers',
      'ETag,Link,Accept-Ranges,Content-Range,X-Error-Code,X-Linked-Size',
    );
    if (request.method === 'OPTIONS') {
      // As the Hub has it; its storage answers none.
      response.setHeader('Access-Control-Allow-Headers', 'authorization');
      response.writeHead(origin === 'hub' ? 204 : 403).end();
      return;
    }
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const { range, authorization } = request.headers;
    this.asked.push({ origin, path, range, authorization });
    if (origin === 'storage') {
      const [, key] = /^\/stored\/(.+)$/.exec(path) ?? [];
      const content = key === undefined ? this.plain[path] : this.#stored(key);
      if (content)
        await this.#send(request, response, { content, fault: this.faults[key ?? path] ?? {}, stored: true });
      else response.writeHead(404).end();
      return;
    }
    await this.#answerHub(request, response, path);
  }

  #stored(key: string): Uint8Array | undefined {
    const [owner, name, ...file] = key.split('/');
    return this.repositories[`${owner}/${name}`]?.files[file.join('/')];
  }

  async #answerHub(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const refuse = (status: number, code: string) => response.writeHead(status, { 'X-Error-Code': code }).end('{}');
    const [, name, , view, rest = ''] =
      /^(?:\/api\/models)?\/([^/]+\/[^/]+)(\/(revision|tree|resolve)\/(.+))$/.exec(path) ?? [];
    const repository = this.repositories[name];
    if (!repository) return void refuse(401, 'RepoNotFound');
    const { token } = repository;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return void refuse(401, 'GatedRepo');
    const [revision, ...file] = rest.split('/');
    if (revision !== 'main' && revision !== COMMIT) return void refuse(404, 'RevisionNotFound');
    if (view === 'revision') return void this.#send(request, response, json(modelOf(name, repository)));
    if (view === 'tree') return void this.#send(request, response, json(treeOf(repository)));
    const wanted = file.join('/');
    const content = repository.files[wanted];
    if (!content) return void refuse(404, 'EntryNotFound');
    if (repository.large?.includes(wanted)) {
      const headers = { Location: `${this.storage}/stored/${name}/${wanted}`, 'X-Linked-Size': content.length };
      response.writeHead(302, { ...headers, 'X-Linked-ETag': `"${sha256(content)}"` }).end('Found. Redirecting');
      return;
    }
    await this.#send(request, response, { content, fault: this.faults[`${name}/${wanted}`] ?? {} });
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    { content, fault = {}, stored }: Sent,
  ): Promise<void> {
    if (fault.status !== undefined) return void response.writeHead(fault.status).end();
    if (fault.page) {
      return void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
    }
    const all = fault.content ?? content;
    const [, from = '0', to = ''] =
      (!fault.ignoresRange && /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')) || [];
    const start = Number(from);
    const end = to === '' ? all.length : Math.min(all.length, Number(to) + 1);
    const ranged = request.headers.range !== undefined && !fault.ignoresRange;
    if (ranged && start >= all.length) {
      return void response.writeHead(416, { 'Content-Range': `bytes */${all.length}` }).end();
    }
    response.writeHead(ranged ? 206 : 200, {
      'Content-Type': stored ? 'binary/octet-stream' : 'application/json',
      'Content-Length': end - start,
      ETag: fault.etag?.() ?? `"${sha256(all).slice(0, 16)}"`,
      ...(ranged && { 'Content-Range': `bytes ${start}-${end - 1}/${all.length}` }),
    });
    await this.#pour(response, all.subarray(start, end), fault);
  }

  async #pour(response: ServerResponse, bytes: Uint8Array, fault: Fault): Promise<void> {
    const cut = fault.cutAfter !== undefined && (fault.cuts ?? 1) > 0;
    if (cut && fault.cuts !== undefined) fault.cuts--;
    const most = cut ? Math.min(bytes.length, fault.cutAfter!) : bytes.length;
    for (let at = 0; at < most && !response.destroyed; at += 16_384) {
      const piece = bytes.subarray(at, Math.min(most, at + 16_384));
      await new Promise((written) => response.write(piece, written));
      if (fault.slow !== undefined) await new Promise((waited) => setTimeout(waited, fault.slow));
    }
    if (most < bytes.length) response.destroy();
    else response.end();
  }
}

interface Sent {
  content: Uint8Array;
  fault?: Fault;
  stored?: boolean;
}

function modelOf(name: string, { licence }: TestRepository): object {
  const tags = ['safetensors', ...(licence === undefined ? [] : [`license:${licence}`])];
  const figures = { private: false, gated: false, downloads: 0, likes: 0, lastModified: '2026-01-01T00:00:00.000Z' };
  return { _id: '1', id: name, sha: COMMIT, tags, ...figures };
}

function treeOf({ files, large = [] }: TestRepository): object[] {
  return Object.entries(files).map(([path, content]) => ({
    ...{ type: 'file', path, size: content.length, oid: gitHash(content) },
    ...(large.includes(path) && { lfs: { oid: sha256(content), size: content.length, pointerSize: 130 } }),
  }));
}

function json(value: object): Sent {
  return { content: new TextEncoder().encode(JSON.stringify(value)) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function gitHash(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
