/** `waltz fetch MODEL`: the one command that downloads anything. */
import { download, type DownloadProgress } from '../src/hub/download';
import { listModel, type Listing } from '../src/hub/list-model';
import { HUGGING_FACE } from '../src/hub/model-address';
import { onlyOption } from '../src/hub/model-options';
import { planBytes, type DownloadPlan } from '../src/hub/remote-file';
import type { HubAccess } from '../src/hub/request';
import type { Arguments, CommandDescription } from './arguments';
import { cacheFolder, ModelCache } from './model-cache';
import { duration, emit, say } from './output';

export const fetchCommand = {
  name: 'fetch',
  summary: 'Downloads a model, once, from Hugging Face (owner/name) or any address, and writes where it stands.',
  operands: ['MODEL'],
  options: {
    hub: { value: 'URL', description: `address of the Hub (default HF_ENDPOINT, or ${HUGGING_FACE})` },
    json: {
      description: 'one JSON object in place of the path: {"path", "address", "commit", "licence", "files", "bytes"}',
    },
  },
} as const satisfies CommandDescription;

export async function fetchModel(args: Arguments): Promise<void> {
  const access: HubAccess = {
    hub: args.text('hub') ?? hubEndpoint(),
    token: process.env['HF_TOKEN'] ?? '',
    fetch,
  };
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new StoppedError('Stopped. What came so far is kept: the same command goes on from there.'));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  try {
    const listing = await listModel(access, args.operands[0], stop.signal);
    const plan = onlyOption(listing.options);
    sayPlan(plan, listing);
    const path = await new ModelCache().bring(plan, (store) =>
      download(plan, store, { access, signal: stop.signal, onProgress: sayProgress() }),
    );
    if (!args.switched('json')) process.stdout.write(`${path}\n`);
    else emit(fetched(plan, listing, path));
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}

/** Somebody pressed Ctrl-C. */
class StoppedError extends Error {
  override name = 'StoppedError';
}

/** As huggingface_hub has it. */
export function hubEndpoint(): string {
  return process.env['HF_ENDPOINT'] || HUGGING_FACE;
}

function fetched(plan: DownloadPlan, { licence }: Listing, path: string): object {
  const { address, commit, files } = plan;
  const shown = files.map(({ path: file, size, checksum }) => ({ path: file, size, checksum }));
  return { path, address, commit, licence, files: shown, bytes: planBytes(plan) };
}

function sayPlan(plan: DownloadPlan, { licence }: Listing): void {
  for (const { path, size } of plan.files) say(`  ${megabytes(size).padStart(10)}  ${path}`);
  const commit = plan.commit === null ? '' : `, commit ${plan.commit.slice(0, 12)}`;
  say(`  ${megabytes(planBytes(plan)).padStart(10)}  in all${commit}${licence === null ? '' : `, licence ${licence}`}`);
  say(`It is kept in ${cacheFolder()}.`);
}

/** A line a second, and the last one. */
function sayProgress(): (progress: DownloadProgress) => void {
  let said = -Infinity;
  return ({ bytes, total, rate, left }) => {
    const now = performance.now();
    if (now - said < 1000 && bytes !== total) return;
    said = now;
    const of = total === null ? '' : ` of ${megabytes(total)} (${((100 * bytes) / Math.max(1, total)).toFixed(0)}%)`;
    say(`${megabytes(bytes)}${of}, ${megabytes(rate)}/s${left === null ? '' : `, ${duration(left)} left`}`);
  };
}

function megabytes(bytes: number | null): string {
  return bytes === null ? 'unknown' : `${(bytes / 1e6).toFixed(bytes < 1e6 ? 3 : 1)} MB`;
}
