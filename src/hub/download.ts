/** All files of a plan, one after another, into a store that keeps what came. */
import { planBytes, type DownloadPlan, type RemoteFile } from './remote-file';
import type { HubAccess } from './request';
import { TransferRate } from './transfer-rate';
import { transfer, type Part } from './transfer';

/** Where files of models are kept. */
export interface DownloadStore {
  /** What is there of a file, for this process alone; null where all of it is there. */
  open(file: RemoteFile): Promise<Part | null>;
}

export interface DownloadProgress {
  /** Bytes that are there. */
  bytes: number;
  /** Of all files; null where a host does not say. */
  total: number | null;
  /** Bytes a second, lately. */
  rate: number;
  /** Seconds that are left at this rate; null where nobody knows. */
  left: number | null;
}

export interface DownloadOptions {
  access: HubAccess;
  signal: AbortSignal;
  onProgress: (progress: DownloadProgress) => void;
  /** Milliseconds before a first try again; see `transfer`. */
  pause?: number;
}

/** Milliseconds between two reports. */
const BETWEEN = 250;

/** Throws what `transfer` and the store throw. What came before that is kept. */
export async function download(
  plan: DownloadPlan,
  store: DownloadStore,
  { access, signal, onProgress, ...options }: DownloadOptions,
): Promise<void> {
  const total = planBytes(plan);
  const rate = new TransferRate();
  let complete = 0;
  let told = -Infinity;
  const tell = (current: number, always = false) => {
    const now = performance.now();
    rate.note(complete + current, now);
    if (now - told < BETWEEN && !always) return;
    told = now;
    const bytes = complete + current;
    const perSecond = rate.perSecond;
    const left = total !== null && perSecond > 0 ? (total - bytes) / perSecond : null;
    onProgress({ bytes, total, rate: perSecond, left });
  };
  for (const file of plan.files) {
    signal.throwIfAborted();
    const part = await store.open(file);
    let size = file.size ?? 0;
    if (part) {
      await transfer(file, part, { access, signal, ...options, onBytes: (bytes) => tell((size = bytes)) });
    } else rate.skip(size);
    complete += size;
    tell(0, true);
  }
}
