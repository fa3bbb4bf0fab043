/**
 * Opens WebGPU in Node through Dawn (the `webgpu` package): a real GPU if there is one, else a software Vulkan driver
 * that is looked for in the usual places, Mesa's lavapipe before Chromium's SwiftShader.
 */
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, globals } from 'webgpu';
import { pollSeldom } from './polling';
import { root } from './root';

export const adapterChoices = ['auto', 'gpu', 'lavapipe', 'swiftshader'] as const;
export type AdapterChoice = (typeof adapterChoices)[number];

export interface OpenedGpu {
  gpu: GPU;
  adapter: GPUAdapter;
  /** Which of the choices it is, for the log and for `--adapter` when a run is to be repeated. */
  name: Exclude<AdapterChoice, 'auto'>;
  /** The driver's own words, e.g. "llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)". */
  description: string;
  /**
   * Lets go of Dawn, which otherwise keeps Node from exiting. Destroy every device first, and keep no other reference
   * to `gpu` or `adapter`.
   */
  close(): void;
}

/** No adapter of the kind that was asked for. The message says which package brings one. */
export class NoAdapterError extends Error {
  override name = 'NoAdapterError';

  constructor(choice: AdapterChoice, tried: readonly string[]) {
    const looked = tried.length > 0 ? ` Tried: ${tried.join(', ')}.` : ' No Vulkan driver was found.';
    super(`No WebGPU adapter for --adapter ${choice}.${looked} ${remedy[choice]}`);
  }
}

const lavapipeRemedy =
  'Install Mesa 25 or later (Debian 12: add bookworm-backports, then ' +
  '`apt-get install -t bookworm-backports mesa-vulkan-drivers libvulkan1`; Debian 13, Ubuntu 25.04 and Fedora 42 have it: ' +
  'mesa-vulkan-drivers)';
const remedy: Record<AdapterChoice, string> = {
  auto: `${lavapipeRemedy}, or Chromium, whose SwiftShader is used too (\`apt-get install chromium\`).`,
  gpu: 'Install the Vulkan driver of your GPU, or choose a software adapter with --adapter lavapipe.',
  lavapipe: `${lavapipeRemedy}.`,
  swiftshader: 'Install Chromium, which brings SwiftShader (`apt-get install chromium`).',
};

/** Debian packages unpacked here by `npm test` where nobody may install them (scripts/provision.mjs). */
const unpacked = join(root, '.cache/debian');

/** Vulkan driver manifests whose file name begins with `prefix`. */
function manifests(folders: readonly string[], prefix: string): string[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.startsWith(prefix) && file.endsWith('.json'))
        .map((file) => join(folder, file)),
    );
}

const drivers = {
  lavapipe: () =>
    manifests(
      [
        '/usr/share/vulkan/icd.d',
        '/usr/local/share/vulkan/icd.d',
        '/etc/vulkan/icd.d',
        join(unpacked, 'usr/share/vulkan/icd.d'),
      ],
      'lvp_icd',
    ),
  swiftshader: () =>
    manifests(
      ['/usr/lib/chromium', '/opt/google/chrome', '/usr/lib64/chromium-browser', join(unpacked, 'usr/lib/chromium')],
      'vk_swiftshader_icd',
    ),
};

/** The Vulkan loader reads both, the newer name first, when the adapter is asked for. */
const loaderVariables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;

/**
 * @param manifest Vulkan driver manifest to load alone; the environment's own choice when left out.
 */
async function attempt(manifest?: string): Promise<{ gpu: GPU; adapter: GPUAdapter } | null> {
  const before = loaderVariables.map((name) => [name, process.env[name]] as const);
  if (manifest !== undefined) for (const name of loaderVariables) process.env[name] = manifest;
  try {
    const gpu = create([]);
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    return adapter && { gpu, adapter };
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

/** The software driver's name by what it says of itself, null for hardware. */
function softwareName(info: GPUAdapterInfo): 'lavapipe' | 'swiftshader' | null {
  if (/swiftshader/i.test(info.description + info.architecture)) return 'swiftshader';
  if (/llvmpipe|lavapipe/i.test(info.description + info.device)) return 'lavapipe';
  return null;
}

/**
 * Opens an adapter and puts WebGPU's constants (`GPUBufferUsage`, …) on `globalThis`, as they are in a browser.
 * A `VK_ICD_FILENAMES` or `VK_DRIVER_FILES` that is already set is taken at its word when the choice is `auto`.
 *
 * @throws {NoAdapterError}
 */
export async function openGpu(choice: AdapterChoice = 'auto'): Promise<OpenedGpu> {
  Object.assign(globalThis, globals);
  process.env['XDG_RUNTIME_DIR'] ??= mkdtempSync(join(tmpdir(), 'waltz-'));
  const imposed = loaderVariables.some((name) => process.env[name] !== undefined);
  const tried: string[] = [];

  const candidates: { label: string; manifest?: string }[] = [];
  if (choice === 'auto' || choice === 'gpu') candidates.push({ label: 'the drivers of this machine' });
  for (const name of ['lavapipe', 'swiftshader'] as const) {
    if (choice !== 'auto' && choice !== name) continue;
    for (const manifest of drivers[name]()) candidates.push({ label: manifest, manifest });
  }

  for (const { label, manifest } of candidates) {
    tried.push(label);
    const found = await attempt(manifest);
    if (!found) continue;
    const software = softwareName(found.adapter.info);
    // Left to itself the loader may answer with any software driver; only ours is in the order we want.
    if (manifest === undefined && found.adapter.info.isFallbackAdapter && !(imposed && choice === 'auto')) continue;
    if (software) pollSeldom();
    return new Opened(found.gpu, found.adapter, software ?? 'gpu');
  }
  throw new NoAdapterError(choice, tried);
}

/** Milliseconds. Dawn crashes where its instance is collected before it has told that a destroyed device is lost. */
const SETTLING = 100;

class Opened implements OpenedGpu {
  #gpu: GPU | null;
  #adapter: GPUAdapter | null;
  readonly name: OpenedGpu['name'];
  readonly description: string;

  constructor(gpu: GPU, adapter: GPUAdapter, name: OpenedGpu['name']) {
    this.#gpu = gpu;
    this.#adapter = adapter;
    this.name = name;
    this.description = adapter.info.description || adapter.info.device;
  }

  get gpu(): GPU {
    if (!this.#gpu) throw new ClosedGpuError();
    return this.#gpu;
  }

  get adapter(): GPUAdapter {
    if (!this.#adapter) throw new ClosedGpuError();
    return this.#adapter;
  }

  close(): void {
    const held = [this.#gpu, this.#adapter];
    setTimeout(() => held.splice(0), SETTLING);
    this.#gpu = null;
    this.#adapter = null;
  }
}

/** The adapter was used after `close()`. */
export class ClosedGpuError extends Error {
  override name = 'ClosedGpuError';

  constructor() {
    super('This GPU was closed. Open it again with openGpu().');
  }
}
