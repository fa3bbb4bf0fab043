import * as v from 'valibot';
import type { Files } from './folder';
import { ArchiveDamagedError, ArchiveVersionError, NotAnArchiveError } from './archive-errors';
import { firstIssue } from './issue';
import { sha256 } from './sha256';
import type { Provenance } from '../model/provenance';
import { taskTagSchema, worldTagSchema } from './task-tag-schema';

export const FORMAT = 'waltz';
/** Raised whenever an older reader would misunderstand an archive. */
export const FORMAT_VERSION = 2;
/** The first version, of 0.2.0, has `world` where `task` stands now. */
const WORLD_VERSION = 1;

const label = v.pipe(v.string(), v.maxLength(1000));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const agentNamePattern = /^[a-z][a-z0-9-]{0,31}$/;
const agentName = v.pipe(v.string(), v.regex(agentNamePattern));
export const provenanceSchema = v.object({
  ...{ adapter: label, build: label, variants: v.record(label, label) },
}) satisfies v.GenericSchema<unknown, Provenance>;
const shared = {
  format: v.literal(FORMAT),
  version: v.literal(FORMAT_VERSION),
  task: taskTagSchema,
  agents: v.pipe(v.array(agentName), v.minLength(1), v.maxLength(16)),
  provenance: provenanceSchema,
  /** Every other file of the archive, so that a flipped bit is found before it trains. */
  parts: v.record(v.string(), v.object({ bytes: count, sha256: v.pipe(v.string(), v.hash(['sha256'])) })),
};

const schema = v.variant('kind', [
  v.object({
    kind: v.literal('run'),
    config_version: count,
    run: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
    name: label,
    step: count,
    finished: v.boolean(),
    counters: v.record(label, count),
    /** Agents with ONNX weights alone, and what agents were called that stood in for the shipped ones. */
    onnx: v.optional(v.pipe(v.array(agentName), v.maxLength(16))),
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
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(files[name]));
  } catch {
    throw new ArchiveDamagedError(`${name} in this archive is not JSON. Export or download it again.`);
  }
  const head = v.safeParse(v.object({ format: v.literal(FORMAT), version: count }), json);
  if (!head.success) throw new NotAnArchiveError(foreign);
  const { version } = head.output;
  if (version < WORLD_VERSION || version > FORMAT_VERSION) {
    throw new ArchiveVersionError('format', version, FORMAT_VERSION);
  }
  const read = v.safeParse(schema, version === WORLD_VERSION ? renewed(json) : json);
  if (read.success) return read.output;
  throw new ArchiveDamagedError(`In this archive, ${name}: ${firstIssue(read.issues)}. Export or download it again.`);
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
