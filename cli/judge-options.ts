/** A judge as it is typed: its name, and an option for each of its settings. */
import { readFileSync } from 'node:fs';
import {
  checkChoice,
  judgeId,
  judgeNames,
  judges,
  modelOf,
  type CheckedChoice,
  type JudgeChoice,
  type JudgeFacts,
  type JudgeName,
  type OpenedJudge,
  type ReadingModel,
  type SettingField,
} from '../src/judges';
import { modelFacts } from '../src/lab/measure/measurement';
import { answering } from '../src/waltz/game/roles';
import { UsageError, type Arguments, type CommandDescription } from './arguments';
import type { BackendChoice } from './compute-options';
import { openModel } from './model';
import { openAnswering } from './open-answering';

/** What stands before its options. */
export type JudgePrefix = 'judge' | 'second-judge';

/** Settings of all judges, those of one name together. */
const fields = new Map<string, { field: SettingField; of: JudgeName[] }>();
for (const name of judgeNames) {
  for (const field of judges[name].fields) {
    const of = fields.get(field.key)?.of ?? [];
    fields.set(field.key, { field, of: [...of, name] });
  }
}

/** Options that choose a judge and say what it goes by. */
export function judgeOptions(prefix: JudgePrefix): CommandDescription['options'] {
  const settings = [...fields].map(([key, { field, of }]) => [
    `${prefix}-${key}`,
    {
      value: valueOf(field),
      description: prefix === 'judge' ? `of ${of.join(', ')}: ${describe(field)}` : `as --judge-${key}, of the second`,
    },
  ]);
  const keyed = judgeNames.filter((name) => judges[name].takesKey).join(', ');
  return {
    ...(Object.fromEntries(settings) as CommandDescription['options']),
    [`${prefix}-key-env`]: {
      value: 'NAME',
      description: `of ${keyed}: the environment variable that holds the key, which is written nowhere`,
    },
  };
}

function valueOf(field: SettingField): string {
  if (field.type === 'number') return 'N';
  if (field.type === 'model') return 'DIR';
  return field.type === 'choice' ? Object.keys(field.choices).join('|') : 'TEXT|@FILE';
}

function describe({ label, explains, type, default: own }: SettingField): string {
  const shown = type === 'text' && (own === '' || own.includes('\n')) ? '' : ` (default ${own})`;
  return `${label}. ${explains}${shown}`;
}

/** The judge that was named, null for none. @throws {UsageError} and `JudgeSettingsError`. */
export function judgeChoice(args: Arguments, prefix: JudgePrefix): CheckedChoice | null {
  const name = args.choice(prefix, judgeNames) ?? (prefix === 'judge' ? 'phrases' : undefined);
  const given = [...fields].filter(([key]) => args.text(`${prefix}-${key}`) !== undefined);
  if (name === undefined) {
    if (given.length > 0) throw new UsageError(`--${prefix}-${given[0][0]} needs --${prefix}.`);
    return null;
  }
  const stray = given.find(([, { of }]) => !of.includes(name));
  if (stray) throw new UsageError(`--${prefix}-${stray[0]} is for ${stray[1].of.join(', ')}, not for ${name}.`);
  const settings = given.map(([key, { field }]) => [key, readSetting(field, `${prefix}-${key}`, args)]);
  return checkChoice({ name, settings: Object.fromEntries(settings) as JudgeChoice['settings'] });
}

function readSetting(field: SettingField, option: string, args: Arguments): string | number {
  const text = args.required(option);
  if (field.type === 'number') {
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value)) throw new UsageError(`--${option} must be a number, not "${text}".`);
    return value;
  }
  if (field.type !== 'text' || !text.startsWith('@')) return text;
  try {
    return readFileSync(text.slice(1), 'utf8');
  } catch {
    throw new UsageError(`There is no file ${text.slice(1)}. Give --${option} another one.`);
  }
}

/** What a judge at the command line is, and what it is opened by. */
export interface ChosenJudge {
  facts: JudgeFacts;
  /** Of its verdicts. */
  id: string;
  judge: OpenedJudge;
}

/** @throws {UsageError} and what opening it throws. */
export async function openJudge(
  choice: CheckedChoice,
  args: Arguments,
  prefix: JudgePrefix,
  compute: BackendChoice,
): Promise<ChosenJudge> {
  const { name, settings } = choice;
  const key = readKey(args.text(`${prefix}-key-env`), choice);
  const path = modelOf(choice);
  const model = path === null ? null : await openModel(path, answering.name);
  try {
    const unreachable = 'Start the server, or check the address.';
    const openReading = (_: string, lengths: { length: number; newTokens: number }) => read(model!, lengths, compute);
    const judge = await judges[name].open(settings, { key, fetch, unreachable, openModel: openReading });
    const facts = { ...choice, model: model && (await modelFacts(model.guest)) };
    return { facts, id: await judgeId(choice, facts.model), judge };
  } catch (error) {
    model?.close();
    throw error;
  }
}

async function read(
  { guest, chat, close }: Awaited<ReturnType<typeof openModel>>,
  lengths: { length: number; newTokens: number },
  compute: BackendChoice,
): Promise<ReadingModel> {
  const positions = guest.config.max_position_embeddings;
  const length = Math.min(lengths.length, positions);
  const opened = await openAnswering(guest, { ...lengths, length, atOnce: 1 }, compute);
  const closeBoth = async () => {
    close();
    await opened.close();
  };
  return { chat, decoder: opened.agent, positions, close: closeBoth };
}

function readKey(variable: string | undefined, { name }: CheckedChoice): string {
  if (variable === undefined) return '';
  if (!judges[name].takesKey) throw new UsageError(`The judge ${name} takes no key.`);
  const key = process.env[variable];
  if (key === undefined) throw new UsageError(`There is no environment variable ${variable}. Set it to the key.`);
  return key;
}
