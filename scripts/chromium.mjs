/** Where this machine's Chromium is: the end-to-end tests run in it, and its SwiftShader is a Vulkan driver. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from './on-path.mjs';
import { unpacked } from './unpacked.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Path of an installed Chromium or Chrome, null without one. The variable CHROMIUM comes first. */
export function findChromium() {
  const candidates = [
    process.env.CHROMIUM,
    ...onPath(names),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    join(process.env.PROGRAMFILES ?? 'C:\\Program Files', 'Google\\Chrome\\Application\\chrome.exe'),
    join(unpacked, 'usr/lib/chromium/chromium'),
  ];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}
