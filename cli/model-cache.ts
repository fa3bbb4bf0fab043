/**
 * Models that were fetched: `models/owner/name/COMMIT/` holds the folder or the GGUF file, `models/owner/name/refs/` the commit
 * that a revision was at; `files/` holds what came from other addresses. What stands there under its own name is whole: it
 * grows under `NAME.partial` and is renamed at the end.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { textHash } from '../src/hub/checksum';
import type { DownloadStore } from '../src/hub/download';
import { FOLDER, type ModelAddress, parseModelAddress } from '../src/hub/model-address';
import type { DownloadPlan, RemoteFile } from '../src/hub/remote-file';
import { readIfPresent, writeAtomically } from './files';
import { PartFile } from './part-file';
import { ProcessLock } from './process-lock';

const PARTIAL = '.partial';

/** `$XDG_CACHE_HOME/waltzrl`, or `~/.cache/waltzrl`. */
export function cacheFolder(): string {
  const asked = process.env['XDG_CACHE_HOME'];
  return join(asked && isAbsolute(asked) ? asked : join(homedir(), '.cache'), 'waltzrl');
}

export class ModelCache {
  readonly #root: string;

  constructor(root = cacheFolder()) {
    this.#root = root;
  }

  /** Where a plan's model stands once all of it is there. */
  pathOf({ address, commit, form, name }: DownloadPlan): string {
    const asked = parseModelAddress(address);
    if (asked.kind === 'file' || commit === null) return join(this.#folderOf(asked), name);
    const named = asked.file === null || asked.file === FOLDER ? name : asked.file;
    return join(this.#folderOf(asked), commit, form === 'folder' ? FOLDER : 'files', named);
  }

  /** The path of what was asked for, null where it was not fetched, or where several were. */
  find(address: ModelAddress): string | null {
    const folder = this.#folderOf(address);
    if (address.kind === 'file') return this.#only(folder);
    const commit = /^[0-9a-f]{40}$/.test(address.revision)
      ? address.revision
      : this.#commitOf(folder, address.revision);
    if (commit === null) return null;
    const files = join(folder, commit, 'files');
    if (address.file !== null && address.file !== FOLDER) {
      const path = join(files, address.file);
      return existsSync(path) ? path : null;
    }
    return this.#only(join(folder, commit, FOLDER)) ?? (address.file === null ? this.#only(files) : null);
  }

  /** Has a plan's model brought in by `fill`, for this process alone; answers its path. Nothing is done where it is there. */
  async bring(plan: DownloadPlan, fill: (store: DownloadStore) => Promise<void>): Promise<string> {
    const path = this.pathOf(plan);
    if (!existsSync(path)) {
      const partial = `${path}${PARTIAL}`;
      mkdirSync(partial, { recursive: true });
      const lock = ProcessLock.take(`${partial}.lock`, `Another process fetches ${plan.address} already.`);
      try {
        await fill({ open: (file) => openPart(partial, file) });
        if (plan.form === 'folder') renameSync(partial, path);
        else {
          renameSync(join(partial, plan.files[0].path), path);
          rmdirSync(partial);
        }
      } finally {
        lock.release();
      }
    }
    this.#remember(plan);
    return path;
  }

  #folderOf(address: ModelAddress): string {
    if (address.kind === 'file') return join(this.#root, 'files', textHash(address.url).slice(0, 16));
    return join(this.#root, 'models', ...address.name.split('/'));
  }

  #remember({ address, commit }: DownloadPlan): void {
    const asked = parseModelAddress(address);
    if (asked.kind === 'repository' && commit !== null) {
      writeAtomically(this.#refOf(this.#folderOf(asked), asked.revision), commit);
    }
  }

  #commitOf(folder: string, revision: string): string | null {
    const bytes = readIfPresent(this.#refOf(folder, revision));
    const commit = bytes ? new TextDecoder().decode(bytes).trim() : '';
    return /^[0-9a-f]{40}$/.test(commit) ? commit : null;
  }

  #refOf(folder: string, revision: string): string {
    return join(folder, 'refs', encodeURIComponent(revision));
  }

  /** What is whole in a folder, where that is one thing. */
  #only(folder: string): string | null {
    if (!existsSync(folder)) return null;
    const whole = readdirSync(folder).filter((name) => !name.endsWith(PARTIAL) && !name.endsWith('.lock'));
    return whole.length === 1 ? join(folder, whole[0]) : null;
  }
}

function openPart(partial: string, file: RemoteFile): Promise<PartFile | null> {
  const path = join(partial, file.path);
  // Only what was finished has its own name.
  if (existsSync(path) && (file.size === null || statSync(path).size === file.size)) return Promise.resolve(null);
  rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true });
  return PartFile.open(path);
}
