import { roleNames } from '../src/waltz/game/roles';
import { join } from 'node:path';
import { writeRunArchive } from '../src/checkpoint/archive';
import { modelFiles } from '../src/lab/export/model-files';
import { runFormat } from '../src/lab/run/run-format';
import type { Arguments, CommandDescription } from './arguments';
import { writeAtomically } from './files';
import { emit, say } from './output';
import { RunFolder } from './run-folder';

const formats = ['hf', 'onnx', 'waltz'] as const;
const weights = { hf: 'safetensors', onnx: 'onnx' } as const;

export const exportCommand = {
  name: 'export',
  summary: 'Writes the agents of a run as folders that Hugging Face tools or ONNX Runtime open. One JSON line a file.',
  operands: ['DIR'],
  options: {
    agent: { value: 'NAME', description: `${roleNames.join(' or ')} (default both, a folder each)` },
    format: { value: 'NAME', description: 'hf, onnx, or waltz: the whole run with its optimizer (default hf)' },
    out: { value: 'DIR', description: 'where to' },
  },
} as const satisfies CommandDescription;

export async function exportRun(args: Arguments): Promise<void> {
  const format = args.choice('format', formats) ?? 'hf';
  const agent = args.choice('agent', roleNames);
  const out = args.required('out');
  const run = await new RunFolder(args.operands[0]).read();
  const keep = (path: string, content: Uint8Array) => {
    writeAtomically(path, content);
    emit({ file: path, bytes: content.byteLength });
  };
  if (format === 'waltz') keep(join(out, 'run.waltz'), await writeRunArchive(run, runFormat));
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
