import { answering, roleNames } from '../src/waltz/game/roles';
import { join } from 'node:path';
import { writeRunArchive } from '../src/checkpoint/archive';
import { writeOnnx } from '../src/checkpoint/onnx';
import { guestFolder } from '../src/lab/export/guest-folder';
import { modelFiles } from '../src/lab/export/model-files';
import { runFormat } from '../src/lab/run/run-format';
import { UsageError, type Arguments, type CommandDescription } from './arguments';
import { writeAtomically } from './files';
import { loraOption, withModel, type OpenedModel } from './model';
import { emit, say } from './output';
import { NoRunError, RunFolder } from './run-folder';

const formats = ['hf', 'onnx', 'waltz'] as const;
const weights = { hf: 'safetensors', onnx: 'onnx' } as const;

export const exportCommand = {
  name: 'export',
  summary:
    'Writes the agents of a run, or any model, as folders that Hugging Face tools or ONNX Runtime open. One JSON line a file.',
  operands: ['DIR|MODEL'],
  options: {
    ...loraOption,
    agent: { value: 'NAME', description: `${roleNames.join(' or ')} (default both, a folder each)` },
    format: { value: 'NAME', description: 'hf, onnx, or waltz: the whole run with its optimizer (default hf)' },
    out: { value: 'DIR', description: 'where to' },
  },
} as const satisfies CommandDescription;

export async function exportRun(args: Arguments): Promise<void> {
  const format = args.choice('format', formats) ?? 'hf';
  const agent = args.choice('agent', roleNames);
  const out = args.required('out');
  const keep = (path: string, content: Uint8Array) => {
    writeAtomically(path, content);
    emit({ file: path, bytes: content.byteLength });
  };
  const run = await new RunFolder(args.operands[0]).find();
  if (!run) await exportModel(args, format, (path, content) => keep(join(out, path), content));
  else if (args.text('lora') !== undefined) throw new UsageError('--lora is for a model, and this is a run.');
  else if (format === 'waltz') keep(join(out, 'run.waltz'), await writeRunArchive(run, runFormat));
  else {
    for (const name of agent ? [agent] : roleNames) {
      // One that was asked for by name has the folder to itself.
      const folder = agent ? out : join(out, name);
      for (const [file, content] of Object.entries(modelFiles(run, name, weights[format])))
        keep(join(folder, file), content);
    }
  }
  say(`Written: ${out}`);
}

/** A model of anyone's, its adapter merged. @throws {UsageError | NoRunError} and what reading it throws. */
async function exportModel(
  args: Arguments,
  format: (typeof formats)[number],
  keep: (path: string, content: Uint8Array) => void,
): Promise<void> {
  const [what] = args.operands;
  if (format === 'waltz') throw new NoRunError(what);
  const agent = args.choice('agent', roleNames) ?? answering.name;
  const write = ({ guest }: OpenedModel) => {
    const { config, parameters } = guest;
    const inOnnx = format === 'onnx' && parameters !== null;
    const written = inOnnx ? { onnx: writeOnnx({ config, parameters }, { precision: 'f32' }), parameters: null } : {};
    for (const [path, content] of guestFolder({ ...guest, ...written })) keep(path, content);
    return Promise.resolve();
  };
  await withModel(what, agent, write, args.text('lora'));
}
