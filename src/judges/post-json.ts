/** One request to a server that may do anything: hang, lie, send too much, ask for patience. */
import { pause } from '../network/pause';
import { JudgeError } from './judge-kind';

export interface AskOptions {
  fetch: typeof fetch;
  key: string;
  signal: AbortSignal;
  /** Milliseconds for one request, its whole answer included. */
  timeout: number;
  /** What to do where nothing answers. */
  unreachable: string;
  /** Called before each request is sent. */
  sending: () => void;
}

/** Bytes of an answer at most; real ones have a few thousand. */
const LARGEST = 2 ** 20;
/** Times that a request is sent again that the server had no time for. */
const RETRIES = 5;
/** Milliseconds that are waited at most, and before the first time where the server does not say. */
const LONGEST_WAIT = 60_000;
const FIRST_WAIT = 1000;
const SHOWN = 200;

/** The server has no time: it is asked again. */
const busy: readonly number[] = [429, 503];

/** The server understood and said no; `body` is what it wrote. */
export class RefusedRequestError extends JudgeError {
  override name = 'RefusedRequestError';

  constructor(
    readonly status: number,
    readonly body: string,
    message: string,
  ) {
    super(message);
  }
}

/** The JSON that a server answers with. Throws `JudgeError`, and the signal's reason. */
export async function postJson(address: string, body: unknown, options: AskOptions): Promise<unknown> {
  for (let tries = 0; ; tries++) {
    const { status, headers, text } = await post(address, JSON.stringify(body), options);
    if (status >= 200 && status < 300) return parse(address, text, options.key);
    const refusal = new RefusedRequestError(status, text, refusalWords(address, status, text, options.key));
    if (!busy.includes(status)) throw refusal;
    if (tries === RETRIES) throw new JudgeError(`${refusal.message} It was asked ${RETRIES + 1} times. Go on later.`);
    const wait = waitOf(headers.get('retry-after')) ?? FIRST_WAIT * 2 ** tries;
    if (wait > LONGEST_WAIT) {
      throw new JudgeError(`${address} asks to wait ${Math.ceil(wait / 1000)} seconds. Go on then.`);
    }
    await pause(wait, options.signal);
  }
}

interface Got {
  status: number;
  headers: Headers;
  text: string;
}

async function post(address: string, body: string, options: AskOptions): Promise<Got> {
  const { fetch, key, signal, timeout, unreachable, sending } = options;
  signal.throwIfAborted();
  const late = AbortSignal.timeout(timeout);
  sending();
  let begun = false;
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(key === '' ? {} : { Authorization: `Bearer ${key}` }) },
      body,
      signal: AbortSignal.any([signal, late]),
      // Prompts and answers go to the address that was given, and to no other.
      redirect: 'manual',
      ...{ credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' },
    });
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel();
      const to = response.headers.get('location');
      throw new JudgeError(
        `${address} sends on to ${to === null ? 'another address' : clean(to, key)}. Give the address that answers itself.`,
      );
    }
    begun = true;
    return { status: response.status, headers: response.headers, text: await readBounded(address, response) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof JudgeError) throw error;
    if (late.aborted) {
      throw new JudgeError(
        `${address} did not answer within ${timeout / 1000} seconds. Look whether it is at work, or give it more time.`,
      );
    }
    const why = clean(causeOf(error), key);
    if (begun)
      throw new JudgeError(`${address} breaks off in the middle of its answer (${why}). Go on, or look at the server.`);
    throw new JudgeError(`Nothing answers at ${address} (${why}). ${unreachable}`);
  }
}

/** Reads a body as it comes, and lets go of one that is too large. */
async function readBounded(address: string, { body }: Response): Promise<string> {
  if (!body) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > LARGEST) {
      await reader.cancel();
      throw new JudgeError(
        `${address} answers with more than ${LARGEST / 2 ** 20} MiB. Check that it is a chat completions server.`,
      );
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parse(address: string, text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const what = /^\s*</.test(text) ? 'with a page of HTML' : `with no JSON ("${clean(text, key)}")`;
    throw new JudgeError(
      `${address} answers ${what}. Check the address: it mostly ends in /v1, and names the server of the model.`,
    );
  }
}

/** What to do about a status. */
const remedies: Readonly<Record<number, string>> = {
  401: 'Give the key that it asks for.',
  403: 'Check the key, and whether it allows this model.',
  404: 'Check the address (it mostly ends in /v1) and the name of the model.',
  405: 'Check the address: it mostly ends in /v1.',
  413: 'The prompt or the answer is too long for it.',
};

function refusalWords(address: string, status: number, text: string, key: string): string {
  const said = /^\s*</.test(text) ? '' : clean(messageIn(text), key);
  const remedy = remedies[status] ?? (status >= 500 ? 'Look at what the server says of it.' : 'Check the settings.');
  return `${address} answers ${status}${said === '' ? '' : ` ("${said}")`}. ${remedy}`;
}

/** The message in an error of OpenAI's shape, else the whole text. */
function messageIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
    const { message } = error as { message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}

/** A server's own words, short, and without the key that it was given. */
function clean(text: string, key: string): string {
  const without = key === '' ? text : text.replaceAll(key, '…');
  const line = without.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line;
}

/** Node says why in the cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

/** Milliseconds of a Retry-After header, in seconds or as a date; null for none. */
function waitOf(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(header) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : null;
}
