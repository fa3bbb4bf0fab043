/** What somebody asks for, as it is typed: a repository of the Hub, a file of one, or a file at any address. */
export type ModelAddress =
  | {
      kind: 'repository';
      /** `owner/name`. */
      name: string;
      /** A branch, a tag or a commit. */
      revision: string;
      /** The one file that was named, or `FOLDER`; null where that was left open. */
      file: string | null;
    }
  | { kind: 'file'; url: string };

/** What was asked for cannot be understood. */
export class ModelAddressError extends Error {
  override name = 'ModelAddressError';
}

export const HUGGING_FACE = 'https://huggingface.co';
export const MAIN = 'main';
/** In place of a file: the Hugging Face folder that the repository is, whatever lies beside it. */
export const FOLDER = 'folder';

const LONGEST = 2000;
const forms =
  'Write owner/name, owner/name@revision, owner/name@revision:file.gguf, or the http address of a .gguf, .zip or .waltz file.';
/** A file that is a whole model, or a whole run, by itself. */
const WHOLE = /\.(gguf|zip|waltz)$/i;
const PART = /\.(safetensors|onnx|json|jinja|bin|pt|pth)$/i;
const OWNER_NAME = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/;

/** `hub` is the address of the Hub: links into it name repositories. Throws `ModelAddressError`. */
export function parseModelAddress(text: string, hub: string = HUGGING_FACE): ModelAddress {
  const asked = text.trim();
  if (asked === '') throw new ModelAddressError(`Nothing was asked for. ${forms}`);
  if (asked.length > LONGEST) throw new ModelAddressError(`This is longer than ${LONGEST} characters. ${forms}`);
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(asked) ? parseUrl(asked, hub) : parseName(asked);
}

/** The shortest text that asks for the same. */
export function addressText(address: ModelAddress): string {
  if (address.kind === 'file') return address.url;
  const { name, revision, file } = address;
  return name + (revision === MAIN ? '' : `@${revision}`) + (file === null ? '' : `:${file}`);
}

function parseName(asked: string): ModelAddress {
  const parts = /^([^/@:]+\/[^/@:]+)(?:@([^:]+))?(?:[:/](.+))?$/.exec(asked);
  const [, name = '', revision = MAIN, file = null] = parts ?? [];
  if (!parts || !OWNER_NAME.test(name)) throw new ModelAddressError(`“${asked}” is no model’s name. ${forms}`);
  if (WHOLE.test(revision)) {
    throw new ModelAddressError(
      `“${asked}” could be a revision or a file: put a colon before the file’s name. ${forms}`,
    );
  }
  return repository(name, revision, file);
}

function parseUrl(asked: string, hub: string): ModelAddress {
  const url = parsed(asked);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ModelAddressError(`“${asked}” is no http or https address. ${forms}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new ModelAddressError(
      'An address must not hold a user’s name or a password: it would be kept. Leave them out.',
    );
  }
  url.hash = '';
  const base = hubBase(hub);
  if (url.href.startsWith(`${base}/`)) return parseLink(url.href.slice(base.length + 1), asked);
  const name = fileName(url.href);
  if (name.includes('/') || !isPlainPath(name)) throw new ModelAddressError(`“${asked}” names no file. ${forms}`);
  checkWhole(name);
  return { kind: 'file', url: url.href };
}

/** What the file at an address is called. */
export function fileName(url: string): string {
  const { pathname } = new URL(url);
  return decoded(pathname.slice(pathname.lastIndexOf('/') + 1));
}

/** A link into the Hub: of a repository's page, or of a file's. */
function parseLink(path: string, asked: string): ModelAddress {
  const [owner, name, view, revision, ...file] = path
    .replace(/[?].*$/, '')
    .split('/')
    .map(decoded);
  const repo = `${owner}/${name}`;
  if (name === undefined || !OWNER_NAME.test(repo) || ['datasets', 'spaces', 'models'].includes(owner)) {
    throw new ModelAddressError(`“${asked}” is no page of a model. ${forms}`);
  }
  const named = view !== undefined && ['blob', 'resolve', 'raw', 'tree'].includes(view) && revision;
  const whole = named && view !== 'tree' && file.length > 0;
  return repository(repo, named ? revision : MAIN, whole ? file.join('/') : null);
}

function repository(name: string, revision: string, file: string | null): ModelAddress {
  if (!isPlainPath(revision)) throw new ModelAddressError(`“${revision}” is no branch, tag or commit. ${forms}`);
  if (file !== null) {
    if (!isPlainPath(file)) throw new ModelAddressError(`“${file}” is no file of a repository. ${forms}`);
    checkWhole(file, name);
  }
  return { kind: 'repository', name, revision, file };
}

/** The Hub's address as others are appended to it. Throws `ModelAddressError`. */
export function hubBase(hub: string): string {
  const url = parsed(hub);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw new ModelAddressError(`“${hub}” is no address of a Hub. Write, for example, ${HUGGING_FACE}.`);
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

/** A path with a stray per cent sign stays as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function parsed(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** Whether a path stays in its folder, and means the same on every system. */
export function isPlainPath(path: string): boolean {
  const parts = path.split('/');
  return (
    path.length <= 500 &&
    parts.every((part) => !['', '.', '..'].includes(part)) &&
    !/[\\:*?"<>|\u0000-\u001f\u007f]/.test(path)
  );
}

function checkWhole(path: string, repo?: string): void {
  if (WHOLE.test(path) || (repo !== undefined && path === FOLDER)) return;
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (PART.test(file)) {
    const instead = repo === undefined ? 'the name of its repository, owner/name' : `${repo}, which has all of them`;
    throw new ModelAddressError(
      `${file} alone is no model: its weights, settings and words are several files. Ask for ${instead}.`,
    );
  }
  throw new ModelAddressError(`“${file || path}” is no file that can be read here. ${forms}`);
}
