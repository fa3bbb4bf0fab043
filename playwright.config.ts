import { defineConfig } from '@playwright/test';
import { findChromium } from './scripts/chromium.mjs';

const port = 4299;
const executablePath = findChromium();
/** Chromium without its own traffic; WebGPU on its software adapter, as on any machine without a GPU. */
const quiet = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const webgpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
const launch = (args: string[]) => ({ args, ...(executablePath === null ? {} : { executablePath }) });

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // One after another: a software adapter uses every core.
  workers: 1,
  retries: 0,
  timeout: 10 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json']],
  use: { baseURL: `http://127.0.0.1:${port}/`, trace: 'off' },
  projects: [
    {
      name: 'webgpu',
      testIgnore: [/without-webgpu/, '**/firefox/**', '**/package/**'],
      use: { launchOptions: launch([...quiet, ...webgpu]) },
    },
    {
      name: 'without-webgpu',
      testMatch: /without-webgpu/,
      use: { launchOptions: launch([...quiet, '--disable-features=WebGPU']) },
    },
    { name: 'firefox', testDir: 'e2e/firefox' },
    { name: 'package', testDir: 'e2e/package', use: { launchOptions: launch([...quiet, ...webgpu]) } },
  ],
  webServer: {
    command: `node cli/waltz.mjs serve --port ${port}`,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
  },
});
