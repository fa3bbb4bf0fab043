/** A judge behind an address: any server of OpenAI's chat completions, such as llama.cpp, vLLM or Ollama with a guard model. */
import type { JudgedItem, JudgeOptions, Verdict } from '../task/judge';
import { askingFields, readAsking, type AskedMessage } from './asking';
import { readCompletion } from './completion';
import { inParallel } from './in-parallel';
import type { JudgeKind, JudgePorts, OpenedJudge } from './judge-kind';
import { postJson, RefusedRequestError } from './post-json';
import { JudgeSettingsError, type JudgeSettings } from './settings';

/** Tokens of its answer at most: a word, and what a guard model writes after it. */
const NEW_TOKENS = 16;
/** Candidates of a place whose probabilities are asked for, the most that OpenAI's servers give. */
const CANDIDATES = 20;

export const endpoint: JudgeKind = {
  description:
    'Asks a language model behind an address, such as a guard model in llama.cpp, vLLM or Ollama on your own machine, by chat completions as OpenAI has them.',
  caveat: '',
  takesKey: true,
  fields: [
    {
      ...{
        key: 'address',
        type: 'text',
        needed: true,
        default: '',
        label: 'Address',
        placeholder: 'http://localhost:8080/v1',
      },
      explains: 'Of the server, mostly with /v1 at its end.',
    },
    {
      ...{
        key: 'model',
        type: 'text',
        needed: true,
        default: '',
        label: 'Model',
        placeholder: 'its name on the server',
      },
      explains: 'As the server calls it; some have one alone and ask for no name.',
    },
    ...askingFields,
    {
      ...{ key: 'parallel', type: 'number', default: 4, least: 1, most: 64, step: 1, pace: true },
      ...{ label: 'Requests at once', explains: 'As many as the server has room for.' },
    },
    {
      ...{ key: 'timeout', type: 'number', default: 60, least: 1, most: 3600, step: 1, pace: true },
      ...{ label: 'Seconds for an answer', explains: 'A request that takes longer is an error.' },
    },
  ],
  sends: 'Prompts and answers are sent to {address}.',
  check: (settings) => {
    readAsking(settings);
    addressOf(String(settings['address']));
  },
  open: (settings, ports) => Promise.resolve(new EndpointJudge(settings, ports)),
};

class EndpointJudge implements OpenedJudge {
  readonly #settings: JudgeSettings;
  readonly #ports: JudgePorts;
  readonly #asking;
  readonly #address: string;
  /** Whether probabilities are asked for: until the server has refused them. */
  #logprobs = true;
  requests = 0;

  constructor(settings: JudgeSettings, ports: JudgePorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#asking = readAsking(settings);
    this.#address = addressOf(String(settings['address']));
  }

  /** Throws `JudgeError`, and the signal's reason. */
  async judge(items: readonly JudgedItem[], { signal, found }: JudgeOptions = {}): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    await inParallel(items.length, Number(this.#settings['parallel']), async (at) => {
      verdicts[at] = await this.#judgeOne(items[at], signal ?? new AbortController().signal);
      found?.(at, verdicts[at]);
    });
    return verdicts;
  }

  close(): void {
    // Each request is closed when it is answered.
  }

  async #judgeOne(item: JudgedItem, signal: AbortSignal): Promise<Verdict> {
    const asked = this.#asking.ask(item);
    if (!Array.isArray(asked)) return asked;
    const answer = readCompletion(await this.#complete(asked, signal), this.#asking.words, this.#address);
    return this.#asking.verdict(item, answer.yes, answer.sure);
  }

  async #complete(messages: AskedMessage[], signal: AbortSignal): Promise<unknown> {
    const { key, fetch, unreachable } = this.#ports;
    const model = String(this.#settings['model']).trim();
    const body = {
      ...(model === '' ? {} : { model }),
      ...{ messages, temperature: 0, max_tokens: NEW_TOKENS, stream: false },
    };
    const timeout = 1000 * Number(this.#settings['timeout']);
    const options = { fetch, key, signal, timeout, unreachable, sending: () => (this.requests += 1) };
    if (this.#logprobs) {
      try {
        return await postJson(this.#address, { ...body, logprobs: true, top_logprobs: CANDIDATES }, options);
      } catch (error) {
        const unknown = error instanceof RefusedRequestError && [400, 422].includes(error.status);
        if (!unknown || !/logprobs/i.test(error.body)) throw error;
        this.#logprobs = false;
      }
    }
    return await postJson(this.#address, body, options);
  }
}

/** Where completions are asked for. Throws `JudgeSettingsError`. */
export function addressOf(text: string): string {
  const given = text.trim();
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    const what = given === '' ? 'The judge has no address.' : `"${given}" is no address.`;
    throw new JudgeSettingsError(`${what} Give one such as http://localhost:8080/v1.`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new JudgeSettingsError(
      'The address is kept with the results, so it has no name, password or question mark in it. Give a key by itself.',
    );
  }
  const path = url.pathname.replace(/\/+$/, '');
  const base = path === '' ? '/v1' : path;
  return `${url.origin}${base.endsWith('/chat/completions') ? base : `${base}/chat/completions`}`;
}
