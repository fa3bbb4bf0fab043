/** Requests to the Hub and other hosts. What goes wrong is told in words. */
import { AccessError, NotThereError, UnreachableError } from './errors';
import { hubBase } from './model-address';

/** How the Hub is reached. */
export interface HubAccess {
  /** Its address. */
  hub: string;
  /** An access token; '' for none. It goes to the Hub alone. */
  token: string;
  fetch: typeof fetch;
  /** Why an origin could not be reached, where whoever asks knows more than that. */
  why?: (origin: string) => Promise<Unreachable>;
}

export interface Unreachable {
  words: string;
  /** Whether to ask again soon may help by itself. */
  again: boolean;
}

/** Milliseconds until an answer begins. */
const PATIENCE = 30_000;

const OFFLINE: Unreachable = { words: 'Is this machine online? Is the address right?', again: true };

export interface Asked {
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** What is asked for, in messages. */
  what: string;
}

/**
 * An answer with a status of success. Throws `AccessError`, `NotThereError`, `UnreachableError`, or what the signal has.
 * Status 416 is an answer too where a range was asked for.
 */
export async function request(
  access: HubAccess,
  url: string,
  { headers = {}, signal, what }: Asked,
): Promise<Response> {
  signal?.throwIfAborted();
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  let response: Response;
  try {
    response = await access.fetch(url, {
      headers: { ...headers, ...authorization(access, url) },
      signal: signal ? AbortSignal.any([signal, patience.signal]) : patience.signal,
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  } catch (error) {
    signal?.throwIfAborted();
    const { host, origin } = new URL(url);
    if (patience.signal.aborted) throw new UnreachableError(`${host} did not answer within ${PATIENCE / 1000} s.`);
    const { words, again } = (await access.why?.(origin)) ?? OFFLINE;
    throw new UnreachableError(`${host} could not be reached. ${words}`, { cause: error, again });
  } finally {
    clearTimeout(timer);
  }
  if (response.ok || (response.status === 416 && 'Range' in headers)) return response;
  await response.body?.cancel();
  throw refusal(response, access, { url, what });
}

/** The token is the Hub's: no other host is given it. A redirect to another one loses it too, as fetch has it. */
function authorization({ hub, token }: HubAccess, url: string): Record<string, string> {
  const base = hubBase(hub);
  return token !== '' && url.startsWith(`${base}/`) ? { Authorization: `Bearer ${token}` } : {};
}

function refusal(
  { status, headers }: Response,
  { hub, token }: HubAccess,
  { url, what }: { url: string; what: string },
): Error {
  const { host } = new URL(url);
  const ofHub = url.startsWith(`${hubBase(hub)}/`);
  if (status === 401 || status === 403) {
    if (!ofHub) return new AccessError(`${host} does not give ${what} to everybody (status ${status}).`);
    return new AccessError(
      `${host} does not give ${what} (status ${status}). ${howToEnter(headers, token, what, hub)}`,
    );
  }
  if (status === 404 || status === 410) {
    const code = headers.get('X-Error-Code');
    const lacks = code === 'RevisionNotFound' ? 'has no such revision of' : 'does not have';
    return new NotThereError(`${host} ${lacks} ${what}. Check the spelling.`);
  }
  if (status === 429) {
    return new UnreachableError(`${host} was asked too often (status 429). Wait some minutes, then go on.`);
  }
  return new UnreachableError(`${host} could not give ${what} (status ${status}). Try again later.`);
}

/** The Hub answers 401 as well where there is no such model. */
function howToEnter(headers: Headers, token: string, what: string, hub: string): string {
  const page = `${hubBase(hub)}/${what.split(/[@: ]/)[0]}`;
  const gated = headers.get('X-Error-Code') === 'GatedRepo';
  if (token !== '') {
    return gated
      ? `The account of the token has not been let in: accept the model’s licence at ${page}, then try again.`
      : `Either there is no such model, or the token does not let you read it. Check the spelling, and the token.`;
  }
  const give = 'give an access token of your account (on the command line in HF_TOKEN)';
  return gated
    ? `It is gated: accept its licence at ${page}, then ${give}.`
    : `Either there is no such model, or it is private or gated. Check the spelling; if it is gated, accept its licence at ${page}, then ${give}.`;
}
