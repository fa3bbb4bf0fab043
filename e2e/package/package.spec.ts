import { expect, test } from '@playwright/test';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { caching, everywhere } from '../../cli/page-headers';
import { TrainPage } from '../train-page';

const checkout = resolve(import.meta.dirname, '../..');
/** As in a shell of anyone's: what npm tells the scripts that it runs is not for another npm. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));

let folder: string;
test.beforeAll(() => {
  test.setTimeout(5 * 60_000);
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'waltz-package-')));
  call('npm', ['pack', '--pack-destination', folder], checkout);
  const [tarball] = readdirSync(folder);
  // Else npm looks for one further up.
  writeFileSync(join(folder, 'package.json'), '{}');
  call('npm', ['install', `./${tarball}`, '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], folder);
});
test.afterAll(() => rmSync(folder, { recursive: true }));

/** What a command writes to stdout. It has to end well. */
function call(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  expect(status, `${command} ${args.join(' ')}\n${stderr}`).toBe(0);
  return stdout;
}

function lines(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The address that a serving process says. */
async function address(server: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: server.stdout! }))
    return (JSON.parse(line) as { address: string }).address;
  throw new Error('It ended without serving.');
}

test('npx waltz serve opens the page', async ({ page }) => {
  // A group of its own: npx begins waltz by a shell.
  const server = spawn('npx', ['waltz', 'serve', '--port', '0'], { cwd: folder, env, detached: true });
  try {
    const at = await address(server);
    const visit = new TrainPage(page);
    const response = await page.goto(at);
    expect(response!.status()).toBe(200);
    for (const [name, value] of Object.entries(everywhere)) {
      expect(await response!.headerValue(name), name).toBe(value);
    }
    await visit.ready();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await visit.train('tiny');
    await visit.becomes('finished', 120_000);
    expect(visit.complaints).toEqual([]);

    const script = await page.locator('script[src]').first().getAttribute('src');
    const asset = await fetch(new URL(script!, at));
    expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, caching.assets]);
    const agents = await fetch(`${at}agents/tiny.waltz`);
    expect([agents.status, agents.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
    expect((await agents.arrayBuffer()).byteLength).toBeGreaterThan(100_000);
    expect((await fetch(`${at}no/such/path`)).status).toBe(404);
  } finally {
    process.kill(-server.pid!);
  }
});

test('npx waltz trains, from a folder within too, and talks to what it trained', () => {
  const within = join(folder, 'within');
  mkdirSync(within);
  const trained = lines(call('npx', ['waltz', 'train', '--preset', 'tiny', '--seed', '3', '--out', 'run'], within));
  expect(trained.filter((line) => 'reward_final' in line).map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  expect(readdirSync(join(within, 'run'))).toContain('run.waltz');
  // Reads the model in a thread, which is a file of the package's own.
  const [{ text }] = lines(
    call(
      'npx',
      [
        'waltz',
        'generate',
        'within/run',
        '--greedy',
        '--tokens',
        '4',
        '--prompt',
        '<user> how do i fix my car ? <assistant>',
      ],
      folder,
    ),
  );
  expect(text).toMatch(/^<user> how do i fix my car \? <assistant> \S/);
});

test('its help and its refusals work anywhere', () => {
  const waltz = join(folder, 'node_modules/.bin/waltz');
  const ask = (...args: string[]) => spawnSync(waltz, args, { cwd: tmpdir(), env, encoding: 'utf8' });
  expect(ask('--help')).toMatchObject({ status: 0, stdout: '' });
  expect(ask('serve', '--help').stderr).toContain('--port N');
  expect(ask('serve', '--port', '70000')).toMatchObject({ status: 2 });
  expect(ask('fly').stderr).toContain('There is no command "fly"');
});
