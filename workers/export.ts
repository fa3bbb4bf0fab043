import { writeRunArchive } from '../src/checkpoint/archive';
import { modelZip } from '../src/lab/export/model-zip';
import { runFormat, type KeptRun } from '../src/lab/run-format';
import type { ExportFormat } from './protocol';

/** A run as one file to take home: its name and content. Throws what the writers throw. */
export async function exportFile(run: KeptRun, format: ExportFormat): Promise<{ name: string; archive: ArrayBuffer }> {
  const stem = `${run.name}-step-${run.step}`.replace(/[^A-Za-z0-9.-]+/g, '-');
  if (format === 'waltz') return { name: `${stem}.waltz`, archive: (await writeRunArchive(run, runFormat)).buffer };
  const { buffer } = modelZip(run, format === 'onnx' ? 'onnx' : 'safetensors');
  return { name: `${stem}-${format}.zip`, archive: buffer };
}
