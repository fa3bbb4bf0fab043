import { answering } from '../../src/waltz/game/roles';
import { writeRunArchive } from '../../src/checkpoint/archive';
import { modelZip } from '../../src/lab/export/model-zip';
import { agentSnippets, archiveSnippet } from '../../src/lab/export/snippets';
import { runFormat, type KeptRun } from '../../src/lab/run/run-format';
import type { Exported, ExportFormat } from '../protocol/run';

/** A run as one file to take home. Throws what the writers throw. */
export async function exportFile(run: KeptRun, format: ExportFormat): Promise<Exported & { archive: Blob }> {
  const stem = `${run.name}-step-${run.step}`.replace(/[^A-Za-z0-9.-]+/g, '-');
  if (format === 'waltz') {
    const bytes = await writeRunArchive(run, runFormat);
    return { format, name: `${stem}.waltz`, snippets: [archiveSnippet(stem)], archive: new Blob([bytes]) };
  }
  const weights = format === 'onnx' ? 'onnx' : 'safetensors';
  const snippets = agentSnippets(run, answering.name, weights);
  return { format, name: `${stem}-${format}.zip`, snippets, archive: new Blob([modelZip(run, weights)]) };
}
