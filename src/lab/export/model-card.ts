import type { EvaluationSet } from '../../task/evaluation-set';
import { answering, roles, type RoleName } from '../../waltz/game/roles';
import type { Evaluation } from '../../waltz/learn/metrics';
import { changesOf } from '../config/edits';
import { tasks } from '../../tasks';
import { environmentOf } from '../models/environment';
import type { KeptRun } from '../run/run-format';
import { trainedAgents } from '../run/stages';
import { agentSnippets, type Weights } from './snippets';

const metricNames = { asr: 'ASR', orr: 'ORR', right: 'done right' } as const;

/** README.md of an exported agent: what it is, how it was made, what was measured of it, how to load it. */
export function modelCard(run: KeptRun, agent: RoleName, weights: Weights): string {
  const { config, step, provenance, evaluations, origins = {} } = run;
  const { sets, tag } = environmentOf(config.task).task;
  const last = evaluations.at(-1);
  return [
    frontMatter(weights),
    `# ${plain(run.name)}, ${agent} agent`,
    `A toy language model of the WaltzRL Playground. It ${roles.find(({ name }) => name === agent)!.description}, in the ${tasks[tag.name].title} world (level ${tag.level}, version ${tag.version}), a small language with a closed vocabulary, and knows nothing else. ${trainedWords(run, agent)}`,
    '## Training',
    [
      `- ${step} steps of reinforcement learning, seed ${config.seed}, preset ${plain(config.preset)}.`,
      ...changesOf(config).map(
        ({ field, value, preset }) => `- \`${field.path}\`: ${plain(String(value))} (the preset has ${preset}).`,
      ),
      ...Object.entries(origins).map(
        ([name, origin]) => `- The ${plain(name)} agent began as the imported model "${plain(origin)}".`,
      ),
      `- Adapter: ${plain(provenance.adapter) || 'unknown'}. Program: ${plain(provenance.build)}.`,
    ].join('\n'),
    '## Measured',
    last ? measured(run, last, sets) : 'Nothing was measured of it yet.',
    '## Load it',
    ...agentSnippets(run, agent, weights).map(
      ({ title, language, code }) => `### ${title}\n\n\`\`\`${language}\n${code}\n\`\`\``,
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function trainedWords({ config, step, onnx = {} }: KeptRun, agent: RoleName): string {
  const method = 'WaltzRL ("The Alignment Waltz", arXiv 2510.08240)';
  const against = `its partner was trained with ${method} against it.`;
  if (Object.hasOwn(onnx, agent)) {
    return `It came as an ONNX file and did not change${step > 0 ? `: ${against}` : '.'}`;
  }
  if (step === 0) return `Training with ${method} begins with it as it is.`;
  if (config.method === 'single-model') {
    return agent !== answering.name
      ? `It took no part: the ${answering.label} was trained alone.`
      : `It was trained alone, by the judge's reward of its answers: the single-model baseline of ${method}.`;
  }
  // Stages come in their order, so whoever learns at all has learned in the first step or in the last.
  const learned = [1, step].some((one) => trainedAgents(config, one).includes(agent));
  return learned ? `It was trained with ${method} together with its partner.` : `It has not changed so far: ${against}`;
}

/** No text of anyone's stands in here. */
function frontMatter(weights: Weights): string {
  const library = weights === 'onnx' ? 'transformers.js' : 'transformers';
  const tags = ['waltzrl', 'safety', 'toy', ...(weights === 'onnx' ? ['onnx'] : [])];
  return [
    '---',
    `library_name: ${library}`,
    'pipeline_tag: text-generation',
    'language: en',
    `tags: [${tags.join(', ')}]`,
    '---',
  ].join('\n');
}

function measured(
  { config: { method } }: KeptRun,
  { step, split, temperature, sets: found, asr, orr, f1 }: Evaluation,
  sets: readonly EvaluationSet[],
): string {
  const percent = (fraction: number) => `${(100 * fraction).toFixed(1)}%`;
  const rows = sets.map(
    ({ name, metric }) => `| ${name} | ${metricNames[metric]} | ${percent(found[name][metric]!)} | ${found[name].n} |`,
  );
  const draw = split === 'audit' ? 'audit draw' : 'evaluation draw';
  return [
    `What ${method === 'waltzrl' ? 'both agents together serve' : `the ${answering.label} alone serves`} after step ${step}, on the ${draw} at temperature ${temperature}: ASR ${percent(asr)}, ORR ${percent(orr)}, F1 ${percent(f1)}.`,
    ['| set | rate | | prompts |', '| --- | --- | ---: | ---: |', ...rows].join('\n'),
  ].join('\n\n');
}

/** Names are anyone's: they stand as text, whatever Markdown, HTML or links are in them. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>#!|~&@]|:(?=\/\/)/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
