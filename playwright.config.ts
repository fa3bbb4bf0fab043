import { defineConfig } from '@playwright/test';
import { findChromium } from './scripts/chromium.mjs';

const port = 4299;
const address = `http://127.0.0.1:${port}`;
const executablePath = findChromium();
/** Chromium without its own traffic; WebGPU on its software adapter, as on any machine without a GPU. */
const quiet = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'];
const webgpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
const launch = (args: string[]) => ({ args, ...(executablePath === null ? {} : { executablePath }) });

/** What is about the GPU. Everything else runs on the processor, which is faster than one that plays a GPU. */
const aboutWebGpu = /(train|resume|performance|kills|onnx|weight|reproduce)\.spec/;
const folders = ['**/firefox/**', '**/package/**'];

/** The visitor's wish for WebGPU (workers/backend-wish.ts): without it the page takes what is faster. */
const wishesWebGpu = {
  cookies: [],
  origins: [
    {
      origin: address,
      localStorage: [],
      indexedDB: [
        {
          ...{ name: 'waltzrl-wishes', version: 1 },
          stores: [
            { name: 'wishes', autoIncrement: false, indexes: [], records: [{ key: 'backend', value: 'webgpu' }] },
          ],
        },
      ],
    },
  ],
};

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // One after another: a software adapter uses every core.
  workers: 1,
  retries: 0,
  timeout: 10 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json']],
  use: { baseURL: `${address}/`, trace: 'off' },
  projects: [
    {
      name: 'webgpu',
      testMatch: aboutWebGpu,
      testIgnore: folders,
      use: { launchOptions: launch([...quiet, ...webgpu]), storageState: wishesWebGpu },
    },
    {
      name: 'cpu',
      testIgnore: [aboutWebGpu, ...folders],
      use: { launchOptions: launch([...quiet, '--disable-features=WebGPU']) },
    },
    { name: 'firefox', testDir: 'e2e/firefox' },
    { name: 'package', testDir: 'e2e/package', use: { launchOptions: launch([...quiet, ...webgpu]) } },
  ],
  webServer: {
    command: `node cli/waltz.mjs serve --port ${port}`,
    url: `${address}/`,
    reuseExistingServer: false,
  },
});
