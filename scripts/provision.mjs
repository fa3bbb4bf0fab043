/**
 * What the tests need beside npm packages: a Chromium, a Firefox, and a WebGPU adapter for Node. Taken from Debian's packages
 * where apt is: installed by root, otherwise unpacked into .cache/debian. Nothing is done where all are there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';
import { findFirefox } from './firefox.mjs';
import { missingLibraryPath, unpacked } from './unpacked.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const apt = join(root, '.cache/apt');
/** Where unpacked Vulkan drivers are described. */
const drivers = join(unpacked, 'usr/share/vulkan/icd.d');
const isRoot = process.getuid?.() === 0;

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options }).status === 0;
}

/** The environment in which programs find unpacked libraries, and Vulkan's loader unpacked drivers. */
export function environment() {
  const libraries = missingLibraryPath();
  if (libraries === null) return process.env;
  const lavapipe = existsSync(drivers) && readdirSync(drivers).find((file) => file.startsWith('lvp_icd'));
  const added = lavapipe ? { VK_ADD_DRIVER_FILES: join(drivers, lavapipe) } : {};
  return { ...process.env, LD_LIBRARY_PATH: libraries, ...added };
}

function adapter() {
  const probe = spawnSync(process.execPath, ['scripts/probe-adapter.mjs'], {
    cwd: root,
    encoding: 'utf8',
    env: environment(),
  });
  return probe.status === 0 ? probe.stdout.trim() : null;
}

/** Debian 12's own Mesa is too old for WebGPU, its backports' is not. */
function isBookworm() {
  return existsSync('/etc/os-release') && /^VERSION_CODENAME=bookworm$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** apt's options: our list of sources beside the system's, and for ordinary users our own folders. */
function aptOptions() {
  mkdirSync(join(apt, 'cache/archives/partial'), { recursive: true });
  mkdirSync(join(apt, 'lists/partial'), { recursive: true });
  const system = existsSync('/etc/apt/sources.list') ? readFileSync('/etc/apt/sources.list', 'utf8') : '';
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  const has = existsSync('/etc/apt/sources.list.d')
    ? readdirSync('/etc/apt/sources.list.d')
        .filter((file) => /\.(list|sources)$/.test(file))
        .some((file) => readFileSync(join('/etc/apt/sources.list.d', file), 'utf8').includes('bookworm-backports'))
    : false;
  const backports =
    isBookworm() && !has && !system.includes('bookworm-backports')
      ? `deb ${signed}http://deb.debian.org/debian bookworm-backports main\n`
      : '';
  writeFileSync(join(apt, 'sources.list'), `${system}\n${backports}`);
  const options = ['-o', `Dir::Etc::SourceList=${join(apt, 'sources.list')}`, '-q'];
  if (!isRoot) options.push('-o', `Dir::State::Lists=${join(apt, 'lists')}`, '-o', `Dir::Cache=${join(apt, 'cache')}`);
  return options;
}

/** Installs packages, or unpacks them and whatever of their dependencies is missing. */
function aptGet(packages, release) {
  const options = [...aptOptions(), ...(release ? ['-t', release] : [])];
  const quiet = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  if (isRoot) return run('apt-get', [...options, 'install', '-y', '--no-install-recommends', ...packages], quiet);

  const plan = spawnSync('apt-get', [...options, 'install', '-s', '--no-install-recommends', ...packages], {
    encoding: 'utf8',
  });
  const missing = [...(plan.stdout ?? '').matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(([, name, version]) => {
    return `${name}=${version}`;
  });
  const archives = join(apt, 'archives');
  mkdirSync(archives, { recursive: true });
  mkdirSync(unpacked, { recursive: true });
  if (missing.length === 0 || !run('apt-get', [...options, 'download', ...missing], { cwd: archives })) return false;
  for (const file of readdirSync(archives)) run('dpkg-deb', ['-x', join(archives, file), unpacked]);
  mendManifests();
  return true;
}

/** A Vulkan driver's manifest names its library for the linker's own folders; an unpacked one is elsewhere. */
function mendManifests() {
  if (!existsSync(drivers)) return;
  for (const file of readdirSync(drivers)) {
    const manifest = JSON.parse(readFileSync(join(drivers, file), 'utf8'));
    const name = manifest.ICD.library_path.split('/').at(-1);
    const machine = readdirSync(join(unpacked, 'usr/lib')).find((entry) =>
      existsSync(join(unpacked, 'usr/lib', entry, name)),
    );
    if (machine) manifest.ICD.library_path = join(unpacked, 'usr/lib', machine, name);
    writeFileSync(join(drivers, file), JSON.stringify(manifest));
  }
}

/** Brings what is missing. What cannot be had is said on stderr; the tests that need it then fail with the reason. */
export function provision() {
  const hasApt = spawnSync('apt-get', ['--version']).status === 0;
  let found = adapter();
  const wantsDriver = found === null || found === 'swiftshader';
  if (hasApt && (wantsDriver || findChromium() === null || findFirefox() === null))
    run('apt-get', [...aptOptions(), 'update']);

  if (findChromium() === null) {
    console.error('Chromium is missing: fetching it …');
    if (!(hasApt && aptGet(['chromium'])))
      run(process.execPath, ['node_modules/playwright/cli.js', 'install', 'chromium']);
  }
  if (findFirefox() === null && hasApt) {
    console.error('Firefox is missing: fetching it …');
    aptGet(['firefox-esr']);
  }
  if (wantsDriver && hasApt) {
    console.error('No hardware GPU and no lavapipe: fetching Mesa 25 …');
    aptGet(['mesa-vulkan-drivers', 'libvulkan1'], isBookworm() ? 'bookworm-backports' : undefined);
    found = adapter();
  }
  console.error(`Node's WebGPU adapter: ${found ?? 'none (the GPU tests will fail: see cli/adapter.ts)'}`);
  console.error(`Chromium: ${findChromium() ?? "Playwright's own"}`);
  console.error(`Firefox: ${findFirefox() ?? `none (its tests ${hasApt ? 'fail: see above' : 'are left out'})`}`);
}
