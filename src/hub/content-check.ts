/** Whether what a host sends can be the file that was asked for. */
import { WrongContentError } from './errors';
import type { RemoteFile } from './remote-file';

/** What an answer says of the content that it has. */
export interface AnsweredContent {
  /** Where its bytes begin in the file. */
  start: number;
  /** Bytes of the whole file; null where it does not say. */
  total: number | null;
  /** Changes with the content: an ETag or a date; null where there is none that can be seen. */
  validator: string | null;
}

/** Reads the headers of an answer with status 200 or 206. Throws `WrongContentError`. */
export function answeredContent({ status, headers, url }: Response, file: RemoteFile): AnsweredContent {
  const type = headers.get('Content-Type') ?? '';
  if (/^(text\/html|application\/xhtml)/i.test(type)) throw aPage(file, url);
  const validator = headers.get('ETag') ?? headers.get('Last-Modified');
  if (status !== 206) {
    // What is sent compressed has another length than what comes out.
    const plain = (headers.get('Content-Encoding') ?? 'identity') === 'identity';
    return { start: 0, total: plain ? wholeNumber(headers.get('Content-Length')) : null, validator };
  }
  const [, start = '', total = ''] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('Content-Range') ?? '') ?? [];
  if (start === '') {
    // Of another origin it may be hidden; then it is what was asked for.
    return { start: NaN, total: null, validator };
  }
  return { start: Number(start), total: wholeNumber(total), validator };
}

/** Throws `WrongContentError` where a file begins as pages and pointers do. */
export function checkBeginning(bytes: Uint8Array, file: RemoteFile): void {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 256)).trimStart().toLowerCase();
  if (/^(<!doctype|<html|<\?xml|<head|<body)/.test(text)) throw aPage(file, file.url);
  if (text.startsWith('version https://git-lfs')) {
    throw new WrongContentError(
      `${file.path} is only a pointer of Git LFS, not the file itself. Ask for its download link; nothing was kept.`,
    );
  }
}

export function wrongSize(file: RemoteFile, found: number): WrongContentError {
  return new WrongContentError(
    `${file.path} was listed with ${file.size} bytes, and the host sends ${found}. Nothing of it was kept. List the model again; if it stays so, its host is at fault.`,
  );
}

function aPage({ path }: RemoteFile, url: string): WrongContentError {
  const { host } = new URL(url === '' ? 'http://unknown' : url);
  return new WrongContentError(
    `${host} sent a web page in place of ${path}: perhaps a login, or a notice that it is gone. Nothing was kept. Open the address in a browser to see.`,
  );
}

function wholeNumber(text: string | null): number | null {
  const value = text !== null && /^\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) ? value : null;
}
