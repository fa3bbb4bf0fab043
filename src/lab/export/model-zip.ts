import type { Files } from '../../checkpoint/folder';
import { packZip } from '../../checkpoint/zip';
import { agentNames } from '../../world/world';
import type { KeptRun } from '../run-format';
import { modelFiles } from './model-files';
import type { Weights } from './snippets';

/** Both agents of a run, a folder each (`modelFiles`), in one zip. */
export function modelZip(run: KeptRun, weights: Weights): Uint8Array<ArrayBuffer> {
  const files: Files = {};
  for (const agent of agentNames) {
    for (const [file, content] of Object.entries(modelFiles(run, agent, weights))) files[`${agent}/${file}`] = content;
  }
  return packZip(files);
}
