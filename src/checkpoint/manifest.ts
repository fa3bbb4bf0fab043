import * as v from 'valibot';
import type { Files } from './folder';
import { ArchiveDamagedError, ArchiveTooLargeError, ArchiveVersionError, NotAnArchiveError } from './archive-errors';
import { firstIssue } from './issue';
import { duplicateKey } from './json';
import { excess, limitsOf } from './limits';
import { sha256 } from './sha256';
import { short } from './short';
import type { Provenance } from '../model/provenance';
import { taskTagSchema, worldTagSchema } from './task-tag-schema';

export const FORMAT = 'waltz';
/** Raised whenever an older reader would misunderstand an archive. */
export const FORMAT_VERSION = 2;
/** The first version, of 0.2.0, has `world` where `task` stands now. */
const WORLD_VERSION = 1;

const label = v.pipe(v.string(), v.maxLength(1000));
/** Letters that show nothing, and a pattern of braille without dots. */
const BLANK = /[\u115f\u1160\u2800\u3164\uffa0]/g;
/** A name that people can see: not of spaces, control characters, and marks of width and direction alone. */
const visible = v.check(
  (name: string) => /[\p{L}\p{N}\p{P}\p{S}]/u.test(name.replace(BLANK, '')),
  'there is nothing to see',
);
const different = v.check((names: string[]) => new Set(names).size === names.length, 'one is named twice');
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const agentNamePattern = /^[a-z][a-z0-9-]{0,31}$/;
const agentName = v.pipe(v.string(), v.regex(agentNamePattern));
export const provenanceSchema = v.object({
  ...{ adapter: label, build: label, variants: v.record(label, label), backend: v.optional(label) },
}) satisfies v.GenericSchema<unknown, Provenance>;
const shared = {
  format: v.literal(FORMAT),
  version: v.literal(FORMAT_VERSION),
  task: taskTagSchema,
  agents: v.pipe(v.array(agentName), v.minLength(1), v.maxLength(16), different),
  provenance: provenanceSchema,
  /** Every other file of the archive, so that a flipped bit is found before it trains. */
  parts: v.record(v.string(), v.object({ bytes: count, sha256: v.pipe(v.string(), v.hash(['sha256'])) })),
};

const schema = v.variant('kind', [
  v.object({
    kind: v.literal('run'),
    config_version: count,
    run: v.pipe(v.string(), v.maxLength(100), visible),
    name: v.pipe(label, visible),
    step: count,
    finished: v.boolean(),
    counters: v.record(label, count),
    /** Agents with ONNX weights alone, and what agents were called that stood in for the shipped ones. */
    onnx: v.optional(v.pipe(v.array(agentName), v.maxLength(16), different)),
    origins: v.optional(v.record(agentName, label)),
    ...shared,
  }),
  v.object({ kind: v.literal('base'), ...shared }),
]);

export type Manifest = v.InferOutput<typeof schema>;

/** Checks the first file of an archive, in the order of what a person would want to know. */
export function readManifest(files: Files, name: string): Manifest {
  const foreign = 'This is not a .waltz archive of this program. Choose a file that was exported here.';
  if (!Object.hasOwn(files, name)) throw new NotAnArchiveError(foreign);
  const tooMuch = excess(files[name], limitsOf(name)!);
  if (tooMuch !== null) throw new ArchiveTooLargeError(`${name} in this archive ${tooMuch}. Choose another file.`);
  const text = new TextDecoder().decode(files[name]);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ArchiveDamagedError(`${name} in this archive is not JSON. Export or download it again.`);
  }
  const twice = duplicateKey(text);
  if (twice !== null) {
    throw new ArchiveDamagedError(
      `${name} in this archive has "${short(twice)}" twice in one object. Export or download it again.`,
    );
  }
  const head = v.safeParse(v.object({ format: v.literal(FORMAT), version: count }), json);
  if (!head.success) throw new NotAnArchiveError(foreign);
  const { version } = head.output;
  if (version < WORLD_VERSION || version > FORMAT_VERSION) {
    throw new ArchiveVersionError('format', version, FORMAT_VERSION);
  }
  const read = v.safeParse(schema, version === WORLD_VERSION ? renewed(json) : json);
  if (read.success) return checked(read.output, name);
  throw new ArchiveDamagedError(`In this archive, ${name}: ${firstIssue(read.issues)}. Export or download it again.`);
}

/** An agent learns or is ONNX Runtime's, not both. */
function checked(manifest: Manifest, name: string): Manifest {
  const both = manifest.kind === 'run' ? manifest.onnx?.find((agent) => manifest.agents.includes(agent)) : undefined;
  if (both === undefined) return manifest;
  throw new ArchiveDamagedError(
    `In this archive, ${name}: "${both}" stands under agents and under onnx. Export or download it again.`,
  );
}

/** A manifest of the first version as it would be written today. */
function renewed(manifest: unknown): unknown {
  const { world, ...rest } = manifest as Record<string, unknown>;
  const task = v.safeParse(worldTagSchema, world);
  return { ...rest, version: FORMAT_VERSION, task: task.success ? task.output : undefined };
}

/** Length and SHA-256 of each file. */
export async function hashes(files: Files): Promise<Manifest['parts']> {
  const parts: Manifest['parts'] = {};
  for (const [path, content] of Object.entries(files)) {
    parts[path] = { bytes: content.length, sha256: await sha256(new Uint8Array(content)) };
  }
  return parts;
}
