/** What is in a file, in figures and words, before it is taken in. */
import type { Limits } from '../../task/limits';
import type { TaskChoice } from '../../task/task-tag';
import { type RoleName, roleNames } from '../../waltz/game/roles';
import type { GuestFiles } from '../../checkpoint/guest-files';
import type { OnnxAgent } from '../../checkpoint/snapshot';
import type { LlamaConfig } from '../../model/config';
import { parameterLayout } from '../../model/layout';
import type { MemoryEstimates, MemoryNeed } from '../../model/memory';
import { runCapacity } from '../models/capacity';
import type { RunConfig } from '../config/run-config';
import type { KeptRun } from '../run/run-format';
import { totalSteps } from '../run/stages';
import type { Offer } from './read';
import { recognise, type OwnModel } from './recognise';

export interface ModelDescription {
  name: string;
  config: LlamaConfig;
  parameters: number;
  /** What it is in: a Hugging Face folder or an archive of some, or a GGUF file. */
  container: GuestFiles['container'];
  /** How its weights are kept: F32, BF16, Q4_K and the like, ONNX. */
  formats: readonly string[];
  /** Of its weights in the file. */
  bytes: number;
  /** As its files name it, null where they do not. */
  license: string | null;
  /** Where it comes from, if it was trained here. */
  own: OwnModel | null;
  /** GPU memory to continue one text of at most so many tokens; null in a run, and where there is ONNX alone. */
  memory: (MemoryNeed & { tokens: number }) | null;
  /** What cannot be used of it. */
  notes: readonly string[];
}

export interface RunDescription {
  name: string;
  config: RunConfig;
  step: number;
  total: number;
  adapter: string;
  build: string;
  /** GPU memory to go on with it. */
  memory: MemoryNeed;
}

export interface ImportDescription {
  kind: Offer['kind'];
  /** Null where there is none. */
  run: RunDescription | null;
  models: ModelDescription[];
  /** What was found to be in order. */
  checks: string[];
}

/** Tokens of a text that a guest's memory is told for, where it reads so many. */
const TEXT = 512;

/** `limits` are those of the run's task. */
export function describeOffer(
  offer: Offer,
  { estimates, limits }: { estimates: MemoryEstimates; limits: (task: TaskChoice) => Limits },
): ImportDescription {
  if (offer.kind === 'run') {
    const { run } = offer;
    const models = [
      ...Object.entries(run.agents).map(([name, { config }]) => ofRun(run, name, config)),
      ...Object.entries(run.onnx ?? {}).map(([name, agent]) => ofOnnx(run, name, agent)),
    ];
    return { kind: 'run', run: describeRun(run, limits(run.config.task), estimates), models, checks: runChecks(run) };
  }
  const models = offer.guests.map((files) => describeGuest(files, estimates));
  return { kind: offer.kind, run: null, models, checks: modelChecks(offer.guests) };
}

function describeRun(run: KeptRun, limits: Limits, estimates: MemoryEstimates): RunDescription {
  const { name, config, step, provenance } = run;
  // What ONNX Runtime runs takes its own.
  const shapes = Object.values(run.agents).map((agent) => agent.config);
  const memory = estimates.estimate(shapes, runCapacity(config, limits));
  const { adapter, build } = provenance;
  return { name, config, step, total: totalSteps(config), adapter, build, memory };
}

function ofRun({ config: { task } }: KeptRun, name: string, config: LlamaConfig): ModelDescription {
  const { count: parameters, size } = parameterLayout(config);
  // Moments and reference stand beside the weights.
  const kept = { container: 'folder' as const, license: null, formats: ['F32'], bytes: 4 * 4 * size };
  return { name, config, parameters, ...kept, own: { task, role: roleOf(name) }, memory: null, notes: [] };
}

function ofOnnx({ config: { task } }: KeptRun, name: string, { config, onnx }: OnnxAgent): ModelDescription {
  const { count: parameters } = parameterLayout(config);
  const kept = { container: 'folder' as const, license: null, formats: ['ONNX'], bytes: onnx.length };
  const notes = ['It has ONNX weights alone: ONNX Runtime runs it, and it does not learn.'];
  return { name, config, parameters, ...kept, own: { task, role: roleOf(name) }, memory: null, notes };
}

function roleOf(name: string): RoleName | null {
  return roleNames.find((agent) => agent === name) ?? null;
}

function describeGuest(files: GuestFiles, estimates: MemoryEstimates): ModelDescription {
  const { guest, container, dtypes, bytes, license, notes } = files;
  const { name, config, onnx, parameters } = guest;
  const tokens = Math.min(TEXT, config.max_position_embeddings);
  const advice = (most: number) => `It could read texts of ${most} tokens.`;
  const alone = parameters === null;
  return {
    ...{ name, config, parameters: parameterLayout(config).count, bytes, license, own: recognise(guest), container },
    formats: [...dtypes, ...(onnx ? ['ONNX'] : [])],
    memory: alone ? null : { ...estimates.estimateDecoder(config, { length: tokens, advice }), tokens },
    notes: alone ? [...notes, 'It has ONNX weights alone: it runs in ONNX Runtime, and cannot be trained.'] : notes,
  };
}

function runChecks({ agents, metrics, config }: KeptRun): string[] {
  return [
    'Every part has the length and the SHA-256 that its manifest says',
    `Its task, ${config.task.name} ${config.task.level}, and its words are this page's`,
    `${Object.keys(agents).length} agents have every tensor, in the shapes of their configs, and no NaN or infinity`,
    `${metrics.length} steps of metrics, as many as were made`,
  ];
}

function modelChecks(guests: readonly GuestFiles[]): string[] {
  const have = guests.map(({ guest }) => guest);
  return [
    ...(have.some(({ parameters }) => parameters)
      ? ['Every tensor is there once, in the shape that its config asks for, without a NaN or an infinity']
      : []),
    ...(have.some(({ onnx }) => onnx) ? ['The ONNX file is a decoder with past key values, of as many layers'] : []),
    'Every word of the tokenizer has one id, which the model knows',
    ...(have.some(({ chatTemplate }) => chatTemplate !== null) ? ['The chat template can be read'] : []),
    'No path leaves its folder, and nothing in the files is run',
  ];
}
