import { expect, test } from '@playwright/test';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { TrainPage } from './train-page';

const dist = resolve(import.meta.dirname, '../dist');
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** A plain file server that has the build in a folder. */
function serveUnder(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const named = join(dist, path.slice(folder.length) || 'index.html');
    if (!path.startsWith(folder) || !existsSync(named) || !statSync(named).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(named)] ?? 'application/octet-stream' });
    createReadStream(named).pipe(response);
  });
  return new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(server)));
}

test('the build works in any folder of any server', async ({ page }) => {
  const server = await serveUnder('/some/where/');
  try {
    const visit = new TrainPage(page);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`);
    await expect(page.getByTestId('recorded-label')).toBeVisible();
    await expect(page.getByTestId('train')).toBeEnabled({ timeout: 60_000 });
    await visit.train('tiny');
    await visit.reach(1);
    expect(visit.complaints).toEqual([]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
