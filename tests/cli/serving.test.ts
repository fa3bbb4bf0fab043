import { request as ask, type IncomingMessage } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caching, contentSecurityPolicy, everywhere } from '../../cli/page-headers';
import { AddressError, PageMissingError, servePage, type PageServer } from '../../cli/page-server';
import { Arguments, UsageError } from '../../cli/arguments';
import { root } from '../../cli/root';
import { serve, serveCommand } from '../../cli/serve';

const hosting = readFileSync(join(root, 'docs/hosting.md'), 'utf8');
const contents: Record<string, string> = {
  'index.html': '<p>page</p>',
  'favicon.svg': '<svg/>',
  'recorded.json': '{"recorded":true}',
  'agents/tiny.waltz': '0123456789',
  'assets/index-3fa9.js': 'page()',
  'assets/index-77b0.css': 'p{}',
  'assets/ort-11aa.wasm': 'wasm',
  'assets/inter-22bb.woff2': 'font',
  '.secret': 'secret',
};

let folder: string;
let page: string;
let server: PageServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waltz-serving-'));
  page = join(folder, 'dist');
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(join(page, path, '..'), { recursive: true });
    writeFileSync(join(page, path), content);
  }
  writeFileSync(join(folder, 'above.txt'), 'above');
  server = await servePage({ port: 0, host: '127.0.0.1' }, page);
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** The path goes out as it stands: `fetch` would take its dots away. */
async function get(path: string, { method = 'GET', headers = {} } = {}) {
  const { hostname, port } = new URL(server.address);
  const response = await new Promise<IncomingMessage>((answered, failed) => {
    ask({ hostname, port, path, method, headers }, answered).on('error', failed).end();
  });
  let body = '';
  for await (const piece of response) body += String(piece);
  return { status: response.statusCode, headers: response.headers, body };
}

/** The rows of a table of docs/hosting.md whose first cell is code: that cell's text, and the second's. */
function documented(heading: string): Map<string, string> {
  const [, section] = hosting.split(`## ${heading}\n`);
  const rows = section.split('\n## ')[0].matchAll(/^\| `([^`]+)` *\| `([^`]+)` *\|/gm);
  return new Map([...rows].map(([, name, value]) => [name, value]));
}

describe('the page server', () => {
  it('sends every file with the headers of the list', async () => {
    for (const path of ['/', '/assets/index-3fa9.js', '/agents/tiny.waltz', '/nothing']) {
      const { headers } = await get(path);
      for (const [name, value] of Object.entries(everywhere)) expect(headers[name.toLowerCase()], name).toBe(value);
    }
  });

  it('names the origins that it is told to, and no other word', async () => {
    const { address, close } = await servePage(
      { port: 0, host: '127.0.0.1', allowed: ['https://models.example:*'] },
      page,
    );
    const policy = (await fetch(address)).headers.get('content-security-policy') ?? '';
    close();
    expect(policy).toContain(
      "connect-src 'self' https://huggingface.co https://*.huggingface.co https://*.hf.co http://localhost:* http://127.0.0.1:* https://models.example:*;",
    );
    for (const origin of ['https://a; script-src *', 'example.org', "'unsafe-eval'", 'https://a/b', '*']) {
      const args = () => serve(new Arguments(serveCommand, ['--allow-host', origin]));
      await expect(args(), origin).rejects.toThrow(UsageError);
    }
  });

  it('lets a browser keep what has a hash in its name, and ask for the rest', async () => {
    expect((await get('/assets/index-3fa9.js')).headers['cache-control']).toBe(caching.assets);
    for (const path of ['/', '/agents/tiny.waltz', '/recorded.json', '/nothing']) {
      expect((await get(path)).headers['cache-control'], path).toBe(caching.others);
    }
    const { etag } = (await get('/')).headers;
    expect((await get('/', { headers: { 'if-none-match': String(etag) } })).status).toBe(304);
  });

  it('answers 404 for what is not there, files with a dot in front and folders too, and names no path', async () => {
    for (const path of [
      '/nothing',
      '/train',
      '/agents',
      '/agents/',
      '/assets/none.js',
      '/.secret',
      '/agents/%2esecret',
    ]) {
      expect(await get(path), path).toMatchObject({ status: 404, body: '404 Not Found\n' });
    }
  });

  it('gives nothing from outside its folder', async () => {
    for (const path of [
      '/../above.txt',
      '/%2e%2e/above.txt',
      '/agents/../../above.txt',
      '/..%2fabove.txt',
      '/%5c..%5cabove.txt',
      '/%00',
      '/%zz',
      '//above.txt',
    ]) {
      const { status, body } = await get(path);
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect(status, path).toBeLessThan(500);
      expect(body).not.toContain('above');
    }
  });

  it('answers HEAD without a body, and refuses what would change something', async () => {
    const head = await get('/agents/tiny.waltz', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe('10');
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await get('/', { method });
      expect([status, headers.allow], method).toEqual([405, 'GET, HEAD']);
    }
  });

  it('sends parts of a file', async () => {
    const part = async (range: string) => await get('/agents/tiny.waltz', { headers: { range } });
    expect(await part('bytes=2-4')).toMatchObject({ status: 206, body: '234' });
    expect(await part('bytes=0-0')).toMatchObject({ status: 206, body: '0' });
    expect(await part('bytes=-3')).toMatchObject({ status: 206, body: '789' });
    for (const range of ['bytes=10-', 'bytes=5-2']) {
      const outside = await part(range);
      expect([outside.status, outside.headers['content-range']], range).toEqual([416, 'bytes */10']);
    }
    expect(await part('lines=1-2')).toMatchObject({ status: 200, body: '0123456789' });
  });

  it('says what is missing, and that a port is taken', async () => {
    await expect(servePage({ port: 0, host: '127.0.0.1' }, join(folder, 'none'))).rejects.toThrow(PageMissingError);
    const taken = Number(new URL(server.address).port);
    await expect(servePage({ port: taken, host: '127.0.0.1' }, page)).rejects.toThrow(AddressError);
    await expect(servePage({ port: 0, host: 'no.such.host.invalid' }, page)).rejects.toThrow(AddressError);
  });
});

describe('docs/hosting.md', () => {
  it('has the headers that are sent, in its table and for every host', () => {
    expect(Object.fromEntries(documented('Headers'))).toEqual(everywhere);
    for (const [name, value] of Object.entries(everywhere)) {
      expect(hosting).toContain(`  ${name}: ${value}\n`);
      expect(hosting).toContain(`add_header ${name} "${value}" always;`);
    }
    expect(hosting).toContain(`  Cache-Control: ${caching.assets}\n`);
    for (const value of Object.values(caching)) expect(hosting).toContain(` "${value}";`);
  });

  it('has the types that are sent', async () => {
    const kinds = documented('Types');
    const paths = Object.keys(contents).filter((path) => !path.startsWith('.'));
    expect(new Set(paths.map((path) => `.${path.split('.').at(-1)!}`))).toEqual(new Set(kinds.keys()));
    for (const path of paths) {
      const type = kinds.get(`.${path.split('.').at(-1)!}`);
      expect((await get(`/${path}`)).headers['content-type']?.split(';')[0], path).toBe(type);
    }
  });

  it('has the policy that stands in the page', () => {
    expect(readFileSync(join(root, 'index.html'), 'utf8')).toContain(`content="${contentSecurityPolicy}"`);
  });
});
