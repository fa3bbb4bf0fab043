import { parseArgs } from 'node:util';

/** What was typed cannot be understood. The message says what can. */
export class UsageError extends Error {
  override name = 'UsageError';
}

interface OptionDescription {
  /** What stands after the option; a switch has none. */
  value?: string;
  multiple?: true;
  description: string;
}

export interface CommandDescription {
  name: string;
  summary: string;
  /** Words after the command, required, as they are shown. */
  operands: readonly string[];
  options: Readonly<Record<string, OptionDescription>>;
}

/** The words and options of one call, each read and checked on demand. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

  /** @throws {UsageError} */
  constructor(command: CommandDescription, argv: readonly string[]) {
    const options = Object.fromEntries(
      Object.entries(command.options).map(([name, { value, multiple = false }]) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple },
      ]),
    );
    let parsed;
    try {
      parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    } catch (error) {
      throw new UsageError(`${(error as Error).message} See: waltz ${command.name} --help`);
    }
    if (parsed.positionals.length !== command.operands.length) {
      const wanted = command.operands.join(' ') || 'no words';
      throw new UsageError(`waltz ${command.name} takes ${wanted}. See: waltz ${command.name} --help`);
    }
    this.operands = parsed.positionals;
    this.#values = parsed.values;
  }

  text(name: string): string | undefined {
    return this.#values[name] as string | undefined;
  }

  /** @throws {UsageError} if it is missing. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new UsageError(`--${name} is needed.`);
    return value;
  }

  texts(name: string): string[] {
    return (this.#values[name] ?? []) as string[];
  }

  switched(name: string): boolean {
    return this.#values[name] === true;
  }

  /** @throws {UsageError} unless it is a whole number from `least` to `most`. */
  count(name: string, least = 0, most = 0xffffffff): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, not "${text}".`);
    }
    return value;
  }

  /** @throws {UsageError} unless it is a number from 0 to 10. */
  temperature(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0 && value <= 10)) {
      throw new UsageError(`--${name} must be a number from 0 to 10, not "${text}".`);
    }
    return value;
  }

  /** @throws {UsageError} unless it is one of `choices`. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new UsageError(`--${name} must be one of ${choices.join(', ')}, not "${text}".`);
    return found;
  }
}

/** What `--help` shows of a command. */
export function usage({ name, summary, operands, options }: CommandDescription): string {
  const rows = Object.entries(options).map(([option, { value, description }]) => [
    `  --${option}${value === undefined ? '' : ` ${value}`}`,
    description,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [
    `waltz ${[name, ...operands].join(' ')} [options]`,
    summary,
    '',
    ...rows.map(([left, right]) => left.padEnd(width) + right),
  ].join('\n');
}
