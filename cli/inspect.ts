import { totalmem } from 'node:os';
import type { Guest } from '../src/checkpoint/guest';
import { CpuMemory } from '../src/cpu/memory';
import { recognise } from '../src/lab/import/recognise';
import { lessonCapacity } from '../src/lab/teaching/plan';
import { defaultSettings, lessonShape } from '../src/lab/teaching/settings';
import { parameterLayout } from '../src/model/layout';
import { mebibytes, type MemoryNeed } from '../src/model/memory';
import { answering, roleNames } from '../src/waltz/game/roles';
import type { Arguments, CommandDescription } from './arguments';
import { withModel } from './model';
import { emit } from './output';

export const inspectCommand = {
  name: 'inspect',
  summary: 'What a model is and what it can do here: format, architecture, words, template, licence, memory.',
  operands: ['MODEL'],
  options: {
    agent: { value: 'NAME', description: `which of a run's: ${roleNames.join(' or ')} (default ${answering.name})` },
    json: { description: 'JSON on stdout; else a table' },
  },
} as const satisfies CommandDescription;

/** Tokens of a text, and the rank of adapters, that memory is told for. */
const TEXT = 512;
const RANK = 8;

export async function inspect(args: Arguments): Promise<void> {
  const agent = args.choice('agent', roleNames) ?? answering.name;
  await withModel(args.operands[0], agent, ({ guest, container, dtypes, bytes, license, notes }) => {
    const { name, config, onnx, tokenizer, chatTemplate, endTokens } = guest;
    const own = recognise(guest);
    const facts = {
      name,
      format: container,
      architecture: { type: 'llama', ...config },
      parameters: parameterLayout(config).count,
      weights: { kinds: [...dtypes, ...(onnx ? ['ONNX'] : [])], bytes },
      tokenizer: { kind: kindOf(tokenizer), words: config.vocab_size, end_tokens: endTokens },
      chat_template: chatTemplate !== null,
      license,
      trained_here: own && { task: own.task, role: own.role },
      can: abilities(guest),
      notes,
    };
    if (args.switched('json')) emit(facts);
    else for (const line of table(facts)) process.stdout.write(`${line}\n`);
    return Promise.resolve();
  });
}

/** On the processor: what a GPU has room for is known once one is open (`waltz info`). */
function abilities({ config, parameters }: Guest): Record<'generate' | 'lora' | 'full_training', MemoryNeed> {
  const memory = new CpuMemory(totalmem());
  const length = Math.min(TEXT, config.max_position_embeddings);
  const advice = (most: number) => `Texts of ${most} tokens would fit.`;
  const alone = 'it has ONNX weights alone, which ONNX Runtime runs and nothing trains';
  const settings = defaultSettings(config);
  const training = Array.from({ length: settings.batch }, () => Array.from({ length: settings.length }, () => 0));
  const learning = (rank: number): MemoryNeed => {
    if (parameters === null) return { refusal: alone };
    return memory.estimate([lessonShape(config, { rank })], lessonCapacity({ training }, settings));
  };
  return {
    generate: memory.estimateDecoder(config, { length, advice }),
    ...{ lora: learning(RANK), full_training: learning(0) },
  };
}

const kindOf = ({ model }: Record<string, unknown>): string => {
  const { type } = (model ?? {}) as { type?: unknown };
  return typeof type === 'string' ? type : 'unknown';
};

interface Facts {
  name: string;
  format: string;
  architecture: Guest['config'];
  parameters: number;
  weights: { kinds: string[]; bytes: number };
  tokenizer: { kind: string; words: number; end_tokens: readonly number[] };
  chat_template: boolean;
  license: string | null;
  can: Record<string, MemoryNeed>;
  notes: readonly string[];
}

function table({ architecture, tokenizer, weights, ...facts }: Facts): string[] {
  const { num_hidden_layers, hidden_size, num_attention_heads, num_key_value_heads } = architecture;
  const heads = `${num_attention_heads} heads, ${num_key_value_heads} of keys and values`;
  const rows = [
    ['name', facts.name],
    ['format', `${facts.format}, ${weights.kinds.join(', ')}, ${(weights.bytes / 1e6).toFixed(1)} MB`],
    ['architecture', `Llama, ${num_hidden_layers} layers, hidden ${hidden_size}, ${heads}`],
    ['parameters', facts.parameters.toLocaleString('en')],
    ['positions', architecture.max_position_embeddings.toLocaleString('en')],
    ['tokenizer', `${tokenizer.kind}, ${tokenizer.words.toLocaleString('en')} words`],
    ['chat template', facts.chat_template ? 'its own' : 'none: it continues plain text'],
    ['license', facts.license ?? 'its files name none'],
    ...Object.entries(facts.can).map(([what, need]) => [
      what.replace('_', ' '),
      'refusal' in need ? `no: ${need.refusal}` : `about ${mebibytes(need.bytes)} on the processor`,
    ]),
    ...facts.notes.map((note) => ['note', note]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(15)}${value}`);
}
