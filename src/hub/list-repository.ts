/** What is in a repository of the Hub. */
import { listFiles, modelInfo } from '@huggingface/hub';
import * as v from 'valibot';
import { NotThereError, WrongContentError } from './errors';
import { hubBase, isPlainPath } from './model-address';
import type { RemoteFile } from './remote-file';
import { request, type HubAccess } from './request';

export interface Repository {
  /** `owner/name`. */
  name: string;
  revision: string;
  /** That the revision is at: what is downloaded is of this one, whatever is pushed meanwhile. */
  commit: string;
  /** As its page has it; null where it does not say. */
  licence: string | null;
  files: readonly RemoteFile[];
}

/** Files and folders of one repository, and bytes of one answer; real models have some dozens of files. */
const MOST_ENTRIES = 20_000;
const MOST_BYTES = 16_000_000;

const commitSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/));
const modelSchema = v.object({ sha: commitSchema, tags: v.optional(v.array(v.string()), []) });
const bytesSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.object({
  type: v.string(),
  path: v.pipe(v.string(), v.check(isPlainPath)),
  size: bytesSchema,
  oid: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/))),
  lfs: v.optional(v.object({ oid: v.pipe(v.string(), v.regex(/^(sha256:)?[0-9a-f]{64}$/)), size: bytesSchema })),
});

/** Throws what `request` throws, and `WrongContentError`. */
export async function listRepository(
  access: HubAccess,
  { name, revision }: Pick<Repository, 'name' | 'revision'>,
  signal?: AbortSignal,
): Promise<Repository> {
  const hubUrl = hubBase(access.hub);
  const what = revision === 'main' ? name : `${name} at ${revision}`;
  const ask = ((url: string, { headers }: { headers?: Record<string, string> } = {}) =>
    small(access, url, { what, signal, ...(headers && { headers }) })) as typeof fetch;
  try {
    const model = await modelInfo({ name, revision, hubUrl, fetch: ask, additionalFields: ['sha', 'tags'] });
    const { sha: commit, tags } = v.parse(modelSchema, model);
    const files: RemoteFile[] = [];
    let entries = 0;
    for await (const entry of listFiles({ repo: name, revision: commit, recursive: true, hubUrl, fetch: ask })) {
      if (++entries > MOST_ENTRIES) throw new WrongContentError(`${what} has more than ${MOST_ENTRIES} files.`);
      if (entry.type === 'file')
        files.push(remoteFile(v.parse(entrySchema, entry), `${hubUrl}/${name}/resolve/${commit}`));
    }
    if (files.length === 0) throw new NotThereError(`${what} is empty.`);
    const licence = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length) ?? null;
    return { name, revision, commit, licence, files };
  } catch (error) {
    if (!(error instanceof v.ValiError) && !(error instanceof SyntaxError)) throw error;
    throw new WrongContentError(`${hubUrl} does not answer as the Hub does. Is it one?`, { cause: error });
  }
}

function remoteFile({ path, size, oid, lfs }: v.InferOutput<typeof entrySchema>, base: string): RemoteFile {
  const url = `${base}/${path.split('/').map(encodeURIComponent).join('/')}`;
  if (lfs) {
    const hex = lfs.oid.replace('sha256:', '');
    return { path, url, size: lfs.size, checksum: { algorithm: 'sha256', hex } };
  }
  return { path, url, size, checksum: oid === undefined ? null : { algorithm: 'git-sha1', hex: oid } };
}

/** An answer that was read whole, within the limit. */
async function small(access: HubAccess, url: string, asked: Parameters<typeof request>[2]): Promise<Response> {
  const { body, headers } = await request(access, url, asked);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (const reader = body!.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > MOST_BYTES) {
      await reader.cancel();
      throw new WrongContentError(`${new URL(url).host} answers with more than ${MOST_BYTES / 1e6} MB of list.`);
    }
    pieces.push(value);
  }
  return new Response(new Blob(pieces), { headers });
}
