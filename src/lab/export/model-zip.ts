import { zipSync, type Zippable } from 'fflate';
import type { AgentName } from '../../world/world';
import type { KeptRun } from '../run-format';
import type { Weights } from './model-card';
import { modelFiles } from './model-files';

const agents = ['conversation', 'feedback'] as const satisfies readonly AgentName[];

/** Both agents of a run, a folder each (`modelFiles`), in one zip. The same run gives the same bytes. */
export function modelZip(run: KeptRun, weights: Weights): Uint8Array<ArrayBuffer> {
  const zip: Zippable = {};
  for (const agent of agents) {
    for (const [file, content] of Object.entries(modelFiles(run, agent, weights))) {
      // Trained floats hardly shrink.
      zip[`${agent}/${file}`] = [content, { level: /\.(safetensors|onnx)$/.test(file) ? 0 : 6 }];
    }
  }
  // Local time is what a zip keeps, so this is the same date everywhere.
  return zipSync(zip, { mtime: new Date(1980, 0, 1) });
}
