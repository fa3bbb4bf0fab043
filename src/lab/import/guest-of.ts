import type { RoleName } from '../../waltz/game/roles';
import { chatTemplates } from '../../chat/words-template';
import type { Guest } from '../../checkpoint/guest';
import { specialTokens, tokenizerConfig } from '../../chat/words-tokenizer';
import { agentOf } from '../export/model-files';
import type { KeptRun } from '../run/run-format';

/** An agent of a run, as it would come back from an export of it. Throws `NoSuchAgentError`. */
export function guestOf(run: KeptRun, agent: RoleName): Guest {
  const { config, parameters } = agentOf(run, agent);
  return {
    ...{ name: `${run.name}: ${agent}`, config, parameters, onnx: null, tokenizer: run.tokenizer },
    ...{ tokenizerConfig: { ...tokenizerConfig }, chatTemplate: chatTemplates[agent] ?? null },
    endTokens: [specialTokens.indexOf('<end>')],
  };
}
