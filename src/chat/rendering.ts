/** Chat templates of anyone's, in Jinja: read, and rendered within bounds. */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';

/** A chat template that cannot be read or rendered, or that refuses the messages. */
export class ChatTemplateError extends Error {
  override name = 'ChatTemplateError';
}

export interface ChatMessage {
  role: string;
  content: string;
}

export interface RenderOptions {
  /** Whether the text ends where the model is to go on. */
  addGenerationPrompt?: boolean;
  /** The model's tokenizer_config.json: templates put its bos_token, eos_token and the like in. */
  tokenizerConfig?: Readonly<Record<string, unknown>>;
}

/** Longest template, in characters; real ones stay below 20,000. */
const LONGEST = 100_000;
/** What a rendering may touch, in characters and items; a step and a turn of a loop count as many, for the time they take. */
const BUDGET = 20_000_000;
const STEP = 16;
const TURN = 256;
const LONGEST_RANGE = 10_000;

/** Why a template cannot be read, or null. */
export function chatTemplateProblem(template: string): string | null {
  try {
    read(template);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** The text of a dialogue as the model was trained on it. Throws `ChatTemplateError`, within seconds whatever the template is. */
export function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  { addGenerationPrompt = true, tokenizerConfig = {} }: RenderOptions = {},
): string {
  try {
    const names = new Map<string, unknown>(namedTokens(tokenizerConfig));
    names.set('messages', messages).set('add_generation_prompt', addGenerationPrompt);
    const result = new BoundedInterpreter(environment(names)).run(read(template));
    return result.toString();
  } catch (error) {
    throw new ChatTemplateError(
      `This model's chat template gives no text for these messages: ${messageOf(error)}. Continue a plain text instead.`,
    );
  }
}

/** Tokens by their names; a token is a text, or an object with its content. */
function namedTokens(tokenizerConfig: Readonly<Record<string, unknown>>): [name: string, token: string][] {
  return Object.entries(tokenizerConfig).flatMap(([name, value]) => {
    const token = typeof value === 'object' && value !== null && 'content' in value ? value.content : value;
    return name.endsWith('_token') && typeof token === 'string' ? [[name, token] as [string, string]] : [];
  });
}

function read(template: string) {
  if (template.length > LONGEST) throw new ChatTemplateError(`it is longer than ${LONGEST} characters`);
  return parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
}

/** What templates find around them; the library's own range has no end. */
function environment(names: ReadonlyMap<string, unknown>): Environment {
  const constants = { true: true, false: false, none: null, True: true, False: false, None: null };
  const all = new Map<string, unknown>([...names, ...Object.entries(constants)]);
  all.set('range', range).set('raise_exception', (message: unknown) => {
    throw new ChatTemplateError(String(message));
  });
  const made = new Environment();
  for (const [name, value] of all) made.set(name, value);
  return made;
}

function range(from: number, to?: number, step = 1): number[] {
  const [start, stop] = to === undefined ? [0, from] : [from, to];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= LONGEST_RANGE)) throw new ChatTemplateError(`it counts further than ${LONGEST_RANGE}`);
  return Array.from({ length }, (_, i) => start + i * step);
}

type Evaluate = Interpreter['evaluate'];

/** Stops once it has touched more than any dialogue is worth: loops, recursion and doubled texts all come through here. */
class BoundedInterpreter extends Interpreter {
  #left = BUDGET;
  /** What loops go through. */
  readonly #loops = new Set<unknown>();

  override evaluate(...[statement, environment]: Parameters<Evaluate>): ReturnType<Evaluate> {
    this.#spend(STEP);
    if (statement?.type === 'For') {
      const { iterable } = statement as unknown as { iterable: { lhs?: unknown } };
      // With a condition, the loop goes through what stands before it.
      this.#loops.add(iterable).add(iterable.lhs);
    }
    const result = super.evaluate(statement, environment);
    const { value } = result as { value: unknown };
    const item = this.#loops.has(statement) ? TURN : 1;
    if (typeof value === 'string') this.#spend(value.length);
    else if (Array.isArray(value)) this.#spend(item * value.length);
    else if (value instanceof Map) this.#spend(item * value.size);
    return result;
  }

  #spend(amount: number): void {
    this.#left -= amount;
    if (this.#left < 0) throw new ChatTemplateError('it does not come to an end');
  }
}

function messageOf(error: unknown): string {
  const { message } = error instanceof Error ? error : new Error(String(error));
  return message.length > 200 ? `${message.slice(0, 199)}…` : message;
}
