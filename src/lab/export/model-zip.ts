import { roleNames } from '../../waltz/game/roles';
import type { Files } from '../../checkpoint/folder';
import { packZip } from '../../checkpoint/zip';
import type { KeptRun } from '../run/run-format';
import { modelFiles } from './model-files';
import type { Weights } from './snippets';

/** The agents of a run that have such weights, a folder each (`modelFiles`), in one zip. */
export function modelZip(run: KeptRun, weights: Weights): Uint8Array<ArrayBuffer> {
  const files: Files = {};
  for (const agent of roleNames.filter((name) => weights === 'onnx' || !run.onnx?.[name])) {
    for (const [file, content] of Object.entries(modelFiles(run, agent, weights))) files[`${agent}/${file}`] = content;
  }
  return packZip(files);
}
