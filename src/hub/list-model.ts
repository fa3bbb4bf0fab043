/** What would be downloaded for what was asked: files and sizes, before any of them is. */
import { answeredContent } from './content-check';
import { listRepository } from './list-repository';
import { fileName, parseModelAddress } from './model-address';
import { modelOptions } from './model-options';
import type { DownloadPlan } from './remote-file';
import { request, type HubAccess } from './request';

export interface Listing {
  /** What was asked for, in full. */
  asked: string;
  /** As the Hub has it; null where nobody says. */
  licence: string | null;
  /** At least one; the person chooses among several. */
  options: DownloadPlan[];
}

/** Throws `ModelAddressError`, `ModelChoiceError`, and what `listRepository` and `request` throw. */
export async function listModel(access: HubAccess, asked: string, signal?: AbortSignal): Promise<Listing> {
  const address = parseModelAddress(asked, access.hub);
  if (address.kind === 'file') {
    return { asked: address.url, licence: null, options: [await planFile(access, address.url, signal)] };
  }
  const repository = await listRepository(access, address, signal);
  const options = modelOptions(repository, address.file);
  return { asked: asked.trim(), licence: repository.licence, options };
}

/** A file at any address. Its first byte is asked for: many hosts do not answer HEAD. */
async function planFile(access: HubAccess, url: string, signal?: AbortSignal): Promise<DownloadPlan> {
  const name = fileName(url);
  const file = { path: name, url, size: null, checksum: null };
  const response = await request(access, url, { headers: { Range: 'bytes=0-0' }, signal, what: name });
  const { total: size } = response.status === 416 ? { total: null } : answeredContent(response, file);
  await response.body?.cancel();
  return { name, address: url, commit: null, form: 'file', files: [{ ...file, size }] };
}
