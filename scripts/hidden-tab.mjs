/**
 * Trains in a tab that nobody sees for a while, and says how many steps it made beside as long in sight:
 * `node scripts/hidden-tab.mjs URL [SECONDS]`. Playwright keeps every page in sight, so this speaks to Chromium by itself.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findChromium } from './chromium.mjs';

const [url, seconds = '600'] = process.argv.slice(2);
const executable = findChromium();
if (!url || !executable) {
  console.error(
    'Usage: node scripts/hidden-tab.mjs URL [SECONDS], where the page is served, with a Chromium installed.',
  );
  process.exit(1);
}

const profile = mkdtempSync(join(tmpdir(), 'waltz-hidden-'));
const flags = ['--headless=new', '--no-sandbox', '--no-first-run', '--disable-quic', '--disable-background-networking'];
const webgpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
const browser = spawn(executable, [...flags, ...webgpu, '--remote-debugging-pipe', `--user-data-dir=${profile}`], {
  stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
});
const [, , , out, into] = browser.stdio;
const waiting = new Map();
let rest = '';
let asked = 0;
into.on('data', (chunk) => {
  const messages = `${rest}${chunk}`.split('\0');
  rest = messages.pop();
  for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
    waiting.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
    waiting.delete(id);
  }
});

function send(method, params = {}, sessionId = undefined) {
  const id = ++asked;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    out.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
  });
}

const { targetId } = await send('Target.createTarget', { url });
const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });

async function inPage(expression) {
  const { result } = await send('Runtime.evaluate', { expression, returnByValue: true }, sessionId);
  return result.value;
}

const byId = (id) => `document.querySelector('[data-testid="${id}"]')`;
const look = () =>
  inPage(
    `({ hidden: document.hidden, status: ${byId('transport')}?.dataset.status, step: Number(${byId('step-count')}?.textContent) })`,
  );

async function until(expression) {
  while (!(await inPage(expression))) await wait(500);
}

/** Steps in this many seconds. */
async function steps() {
  const before = await look();
  await wait(1000 * Number(seconds));
  const after = await look();
  return { hidden: [before.hidden, after.hidden], status: after.status, steps: after.step - before.step };
}

try {
  await until(`${byId('adapter')}?.textContent.includes('self-check ok')`);
  await inPage(
    `${byId('preset')}.value = 'standard', ${byId('preset')}.dispatchEvent(new Event('change', { bubbles: true }))`,
  );
  await inPage(`${byId('train')}.click()`);
  await until(`${byId('transport')}.dataset.source === 'live' && Number(${byId('step-count')}.textContent) > 1`);
  console.log(JSON.stringify({ seconds: Number(seconds), ...(await steps()) }));
  await send('Target.createTarget', { url: 'about:blank' });
  await wait(1000);
  console.log(JSON.stringify({ seconds: Number(seconds), ...(await steps()) }));
} finally {
  browser.kill();
  await new Promise((resolve) => browser.once('exit', resolve));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
