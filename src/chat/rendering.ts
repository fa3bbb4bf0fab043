/** Chat templates of anyone's, in Jinja: read, and rendered within bounds. */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { strftime } from './strftime';
import { costsOf, weigh, type TemplateCosts } from './template-costs';

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
  /** What templates that ask for the date are told; else this machine's. */
  now?: Date;
}

/** Longest template, in characters; real ones stay below 20,000. */
const LONGEST = 100_000;
/** What a rendering may touch, in characters and items; a step, a node that is looked through and a turn of a loop count as many, for the time they take. */
const BUDGET = 6_000_000;
const STEP = 48;
const NODE = 8;
const TURN = 256;
const LONGEST_RANGE = 10_000;
/** Spaces, line ends and the like in a row; the library reads them in quadratic time. Real templates have a few dozen. */
const MOST_BLANKS = 1000;
/** Levels of statements, expressions and macros in each other, far from the end of the stack. */
const DEEPEST = 300;
/** Characters that something is moved in by. */
const BROADEST = 64;
/** Characters that a single replacing or joining may come to. */
const MOST_GROWTH = 2 ** 27;

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
  { addGenerationPrompt = true, tokenizerConfig = {}, now = new Date() }: RenderOptions = {},
): string {
  try {
    const known = new Map<string, unknown>(namedTokens(tokenizerConfig));
    known.set('messages', messages).set('add_generation_prompt', addGenerationPrompt);
    const program = read(template);
    const costs = costsOf(program);
    const result = new BoundedInterpreter(environment(known, costs.names, now), costs).run(program);
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
  if (template.split(/\S+/).some(({ length }) => length > MOST_BLANKS)) {
    throw new ChatTemplateError(`it has more than ${MOST_BLANKS} spaces in a row`);
  }
  return parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
}

/** What templates find around them, as in transformers; the library's own range has no end, and its clock another language. */
function environment(known: ReadonlyMap<string, unknown>, names: ReadonlySet<string>, now: Date): Environment {
  const constants = { true: true, false: false, none: null, True: true, False: false, None: null };
  const all = new Map<string, unknown>([...known, ...Object.entries(constants)]);
  all.set('range', range).set('strftime_now', (format: unknown) => {
    if (typeof format !== 'string') throw new ChatTemplateError('it asks for the date in no format');
    return strftime(now, format);
  });
  all.set('raise_exception', (message: unknown) => {
    throw new ChatTemplateError(typeof message === 'string' ? message : 'it does not take these messages');
  });
  const made = new Environment();
  for (const [name, value] of all) made.set(name, value);
  for (const name of names) if (!made.variables.has(name)) made.set(name, undefined);
  return made;
}

function range(from: number, to?: number, step = 1): number[] {
  if (![from, to ?? 0, step].every(Number.isFinite)) throw new ChatTemplateError('it counts by what is no number');
  const [start, stop] = to === undefined ? [0, from] : [from, to];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= LONGEST_RANGE)) throw new ChatTemplateError(`it counts further than ${LONGEST_RANGE}`);
  return Array.from({ length }, (_, i) => start + i * step);
}

type Evaluate = Interpreter['evaluate'];

/** Stops once it has touched more than any dialogue is worth: loops, recursion and doubled texts all come through here. */
class BoundedInterpreter extends Interpreter {
  readonly #costs: TemplateCosts;
  #left = BUDGET;
  #depth = 0;
  /** What goes into the innermost replacing or joining that is under way, multiplied. */
  #growth = 1;
  /** What loops go through. */
  readonly #loops = new Set<unknown>();

  constructor(environment: Environment, costs: TemplateCosts) {
    super(environment);
    this.#costs = costs;
  }

  override evaluate(...[statement, environment]: Parameters<Evaluate>): ReturnType<Evaluate> {
    this.#spend(STEP + NODE * (this.#costs.sizes.get(statement) ?? 0));
    if (statement?.type === 'For') {
      const { iterable } = statement as unknown as { iterable: { lhs?: unknown } };
      // With a condition, the loop goes through what stands before it.
      this.#loops.add(iterable).add(iterable.lhs);
    }
    if (++this.#depth > DEEPEST) throw new ChatTemplateError(`it is nested more than ${DEEPEST} deep`);
    const growing = this.#costs.growing.has(statement);
    const around = this.#growth;
    if (growing) this.#growth = 1;
    let result: ReturnType<Evaluate>;
    try {
      result = super.evaluate(statement, environment);
    } finally {
      this.#depth--;
      if (growing) this.#growth = around;
    }
    this.#charge(statement, (result as { value: unknown }).value);
    return result;
  }

  /** For a value, before anything is made of it. */
  #charge(statement: unknown, value: unknown): void {
    const { spelled, factors, indents } = this.#costs;
    const looks = spelled.get(statement);
    if (looks !== undefined) this.#spend(looks * weigh(value, this.#left));
    else if (typeof value === 'string') this.#spend(value.length);
    const item = this.#loops.has(statement) ? TURN : 1;
    if (Array.isArray(value)) this.#spend(item * value.length);
    else if (value instanceof Map) this.#spend(item * value.size);
    if (indents.has(statement) && typeof value === 'number' && value > BROADEST) {
      throw new ChatTemplateError(`it moves lines in by more than ${BROADEST}`);
    }
    if (factors.has(statement)) {
      this.#growth *= Math.max(1, weigh(value, this.#left));
      if (this.#growth > MOST_GROWTH) throw new ChatTemplateError('it does not come to an end');
    }
  }

  #spend(amount: number): void {
    this.#left -= amount;
    if (!(this.#left >= 0)) throw new ChatTemplateError('it does not come to an end');
  }
}

function messageOf(error: unknown): string {
  // Of the engine: the end of the stack, or of the longest text.
  if (error instanceof RangeError) return 'it is nested too deeply, or makes too long a text';
  const { message } = error instanceof Error ? error : new Error(String(error));
  return message.length > 200 ? `${message.slice(0, 199)}…` : message;
}
