/**
 * A `.waltz` archive: a zip of a manifest, the run's config and history, and one Hugging Face folder per agent. The same
 * state gives the same bytes. Nothing of a file is used before all of it was checked.
 */
import { strToU8 } from 'fflate';
import * as v from 'valibot';
import type { AgentState } from '../model/state';
import { readAgentFiles, readOnnxAgentFiles, writeAgentFiles, writeOnnxAgentFiles } from './agent-files';
import { ArchiveDamagedError, ArchiveTooLargeError, ArchiveVersionError } from './archive-errors';
import { bytesSource } from './byte-source';
import type { Files } from './folder';
import { firstIssue } from './issue';
import { duplicateKey } from './json';
import { excess, limitsOf } from './limits';
import { agentNamePattern, FORMAT, FORMAT_VERSION, hashes, readManifest, type Manifest } from './manifest';
import type { TaskTag } from '../task/task-tag';
import { isReadable, type OnnxAgent, type RunFormat, type RunSnapshot } from './snapshot';
import type { Provenance } from '../model/provenance';
import { short } from './short';
import { impossible } from './standing';
import { openZip, packZip, type ZipLimits } from './zip';

/** Base agents as they are shipped: where runs begin. */
export interface BaseAgents {
  task: TaskTag;
  agents: Readonly<Record<string, AgentState>>;
  tokenizer: Record<string, unknown>;
  provenance: Provenance;
  /** How they were made: seed, steps and the like, for people to read. */
  recipe: Record<string, unknown>;
}

const MANIFEST = 'manifest.json';
const CONFIG = 'config.json';
const METRICS = 'metrics.jsonl';
const EVALUATIONS = 'evaluations.json';
const MEASURED = 'measured.json';
const TOKENIZER = 'tokenizer.json';

export async function writeRunArchive<Config, Metrics, Evaluation, Measured>(
  snapshot: RunSnapshot<Config, Metrics, Evaluation, Measured>,
  { configVersion }: Pick<RunFormat<Config, Metrics, Evaluation, Measured>, 'configVersion'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { run, name, step, finished, counters, onnx, origins } = snapshot;
  const files: Files = {
    [CONFIG]: json(snapshot.config),
    [METRICS]: strToU8(snapshot.metrics.map((line) => `${stringify(line)}\n`).join('')),
    [EVALUATIONS]: json(snapshot.evaluations),
    ...(snapshot.measured.length > 0 && { [MEASURED]: json(snapshot.measured) }),
  };
  const manifest = {
    ...({ kind: 'run', config_version: configVersion, run, name, step, finished, counters } as const),
    ...{ onnx: onnx && Object.keys(onnx), origins },
  };
  return await pack(manifest, snapshot, files);
}

export async function writeBaseArchive(base: BaseAgents): Promise<Uint8Array<ArrayBuffer>> {
  return await pack({ kind: 'base' }, base, { [CONFIG]: json(base.recipe) });
}

/** Throws an `ArchiveError`, or what `readAgentFiles` throws, saying what is wrong and what to do. */
export async function readRunArchive<
  Config,
  Metrics extends { step: number },
  Evaluation extends { step: number },
  Measured extends { evaluation: Evaluation },
>(
  bytes: Uint8Array,
  format: RunFormat<Config, Metrics, Evaluation, Measured>,
  limits?: Partial<ZipLimits>,
): Promise<RunSnapshot<Config, Metrics, Evaluation, Measured>> {
  const { manifest, files } = await unpack(bytes, limits);
  if (manifest.kind !== 'run') {
    throw new ArchiveDamagedError('This archive holds base agents, not a run. Choose a run that was exported.');
  }
  if (!isReadable(manifest.config_version, format)) {
    throw new ArchiveVersionError('config', manifest.config_version, format.configVersion);
  }
  const { run, name, task, step, finished, counters, provenance, origins } = manifest;
  const metrics = lines(files).map((line, i) => check(format.metrics, line, `${METRICS}, line ${i + 1}`));
  const config = check(format.config, parse(files, CONFIG), CONFIG);
  const evaluations = check(v.array(format.evaluation), parse(files, EVALUATIONS), EVALUATIONS);
  const measured = Object.hasOwn(files, MEASURED)
    ? check(v.array(format.measured), parse(files, MEASURED), MEASURED)
    : [];
  const standing = { step, finished, metrics, evaluations, measured };
  const contradiction =
    impossible(standing, format.total(config)) ?? format.contradiction(config, { evaluations, measured });
  if (contradiction !== null) {
    throw new ArchiveDamagedError(`In this archive, ${contradiction}. Export or download it again.`);
  }
  return {
    ...{ run, name, task, counters, provenance, config, ...standing },
    ...(await readAgents(manifest, files)),
    ...{ onnx: manifest.onnx && readOnnxAgents(manifest.onnx, manifest, files), origins },
  };
}

export async function readBaseArchive(bytes: Uint8Array, limits?: Partial<ZipLimits>): Promise<BaseAgents> {
  const { manifest, files } = await unpack(bytes, limits);
  if (manifest.kind !== 'base') {
    throw new ArchiveDamagedError('This archive holds a run, not base agents. Open it as a run instead.');
  }
  const { task, provenance } = manifest;
  const recipe = check(v.record(v.string(), v.unknown()), parse(files, CONFIG), CONFIG);
  return { task, provenance, recipe, ...(await readAgents(manifest, files)) };
}

type OwnPart = Manifest extends infer M
  ? M extends Manifest
    ? Omit<M, 'format' | 'version' | 'task' | 'agents' | 'provenance' | 'parts'>
    : never
  : never;

async function pack(
  own: OwnPart,
  {
    task,
    agents,
    tokenizer,
    provenance,
    onnx = {},
  }: Pick<BaseAgents, 'task' | 'agents' | 'tokenizer' | 'provenance'> & {
    onnx?: Readonly<Record<string, OnnxAgent>> | undefined;
  },
  files: Files,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Files = { ...files, [TOKENIZER]: json(tokenizer) };
  const add = (name: string, folder: Files) => {
    if (!agentNamePattern.test(name))
      throw new ArchiveDamagedError(`An agent cannot be named "${name}": use a-z, 0-9 and -.`);
    for (const [file, content] of Object.entries(folder)) parts[`agents/${name}/${file}`] = content;
  };
  const training = own.kind === 'run';
  for (const [name, state] of Object.entries(agents)) add(name, writeAgentFiles(name, state, tokenizer, { training }));
  for (const [name, agent] of Object.entries(onnx)) add(name, writeOnnxAgentFiles(name, agent, tokenizer));
  const manifest = {
    ...{ format: FORMAT, version: FORMAT_VERSION, ...own, task, agents: Object.keys(agents), provenance },
    parts: await hashes(parts),
  };
  return packZip({ [MANIFEST]: json(manifest), ...parts });
}

async function unpack(bytes: Uint8Array, limits?: Partial<ZipLimits>): Promise<{ manifest: Manifest; files: Files }> {
  const zip = await openZip(bytesSource(bytes), limits);
  const manifest = readManifest(await zip.read([MANIFEST]), MANIFEST);
  const files = await zip.read(Object.keys(manifest.parts));
  const found = await hashes(files);
  for (const [path, { bytes: length, sha256 }] of Object.entries(manifest.parts)) {
    if (!Object.hasOwn(files, path)) {
      throw new ArchiveDamagedError(`This archive lacks ${path}. Export or download it again.`);
    }
    if (found[path].bytes !== length || found[path].sha256 !== sha256) {
      throw new ArchiveDamagedError(`${path} in this archive was changed or damaged. Export or download it again.`);
    }
  }
  return { manifest, files };
}

async function readAgents(
  manifest: Manifest,
  files: Files,
): Promise<{ agents: Record<string, AgentState>; tokenizer: Record<string, unknown> }> {
  const tokenizer = check(v.record(v.string(), v.unknown()), parse(files, TOKENIZER), TOKENIZER);
  const agents: Record<string, AgentState> = {};
  for (const name of manifest.agents) {
    const folder = agentFolder(name, manifest, files);
    agents[name] = await readAgentFiles(folder, { training: manifest.kind === 'run' }, `agents/${name}`);
  }
  return { agents, tokenizer };
}

function readOnnxAgents(names: readonly string[], manifest: Manifest, files: Files): Record<string, OnnxAgent> {
  const read = names.map((name) => [name, readOnnxAgentFiles(agentFolder(name, manifest, files), `agents/${name}`)]);
  return Object.fromEntries(read) as Record<string, OnnxAgent>;
}

/** The files of one agent, which speaks the run's words. */
function agentFolder(name: string, { parts }: Manifest, files: Files): Files {
  const prefix = `agents/${name}/`;
  if (parts[`${prefix}${TOKENIZER}`]?.sha256 !== parts[TOKENIZER].sha256) {
    throw new ArchiveDamagedError(`${prefix}${TOKENIZER} is not the run's tokenizer. Export the run again.`);
  }
  const own = Object.entries(files).filter(([path]) => path.startsWith(prefix));
  return Object.fromEntries(own.map(([path, content]) => [path.slice(prefix.length), content]));
}

/** JSON has no NaN: `JSON.stringify` would write null, and the archive could not be read. */
function stringify(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (key, item: unknown) => {
      if (typeof item !== 'number' || Number.isFinite(item)) return item;
      throw new ArchiveDamagedError(
        `Cannot export: ${key} is ${item}, so the run has diverged. Go on from an earlier checkpoint with a lower learning rate.`,
      );
    },
    indent,
  );
}

function json(value: unknown): Uint8Array {
  return strToU8(`${stringify(value, 2)}\n`);
}

function text(files: Files, path: string): string {
  if (!Object.hasOwn(files, path)) {
    throw new ArchiveDamagedError(`This archive lacks ${path}. Export or download it again.`);
  }
  const limits = limitsOf(path);
  const tooMuch = limits && excess(files[path], limits);
  if (tooMuch !== null) throw new ArchiveTooLargeError(`${path} in this archive ${tooMuch}. Choose another file.`);
  return new TextDecoder().decode(files[path]);
}

function parse(files: Files, path: string): unknown {
  return parseText(text(files, path), path);
}

function lines(files: Files): unknown[] {
  const all = text(files, METRICS).split('\n');
  return all.filter((line) => line !== '').map((line, i) => parseText(line, `${METRICS}, line ${i + 1}`));
}

function parseText(source: string, where: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw new ArchiveDamagedError(`${where} in this archive is not JSON. Export or download it again.`);
  }
  const twice = duplicateKey(source);
  if (twice === null) return value;
  throw new ArchiveDamagedError(
    `${where} in this archive has "${short(twice)}" twice in one object. Export or download it again.`,
  );
}

function check<Output>(schema: v.GenericSchema<unknown, Output>, value: unknown, where: string): Output {
  const read = v.safeParse(schema, value);
  if (read.success) return read.output;
  throw new ArchiveDamagedError(`In this archive, ${where}: ${firstIssue(read.issues)}. Export or download it again.`);
}
