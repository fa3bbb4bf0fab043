/** Where this machine's Firefox is: the main path of the page is tested in it too. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from './on-path.mjs';
import { unpacked } from './unpacked.mjs';

/** Path of an installed Firefox, null without one. The variable FIREFOX comes first, then the release that Debian keeps. */
export function findFirefox() {
  const candidates = [
    process.env.FIREFOX,
    ...onPath(['firefox-esr', 'firefox']),
    '/Applications/Firefox.app/Contents/MacOS/firefox',
    join(process.env.PROGRAMFILES ?? 'C:\\Program Files', 'Mozilla Firefox\\firefox.exe'),
    join(unpacked, 'usr/lib/firefox-esr/firefox-esr'),
  ];
  return candidates.find((path) => path && existsSync(path)) ?? null;
}
