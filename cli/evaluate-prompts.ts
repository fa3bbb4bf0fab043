/** `waltz evaluate MODEL --prompts FILE[,FILE]`: any model on prompts of anyone's files. */
import { JudgeError, judgeNames, judges, type CheckedChoice } from '../src/judges';
import { cached, VerdictCache } from '../src/judges/cached';
import { fillIn } from '../src/judges/settings';
import type { Agreement } from '../src/lab/measure/agreement';
import { rowOf } from '../src/lab/measure/document';
import { lengthOf, questionsOf } from '../src/lab/measure/ask';
import { answering } from '../src/waltz/game/roles';
import { answerChat } from '../src/lab/measure/answer-chat';
import { measure, type MeasuredAnswer } from '../src/lab/measure/measure';
import { modelFacts, promptFacts, type Computed } from '../src/lab/measure/measurement';
import { Tally, type Rates } from '../src/lab/measure/report';
import { defaultMeasureSettings, checkMeasureSettings, type MeasureSettings } from '../src/lab/measure/settings';
import { limitPrompts, type PromptsTask } from '../src/tasks/prompts';
import { textHash } from '../src/hub/checksum';
import type { Judge } from '../src/task/judge';
import { AnswersFile } from './answers-file';
import { UsageError, type Arguments } from './arguments';
import { computeChoice, type BackendChoice } from './compute-options';
import { judgeChoice, judgeOptions, openJudge, type ChosenJudge, type JudgePrefix } from './judge-options';
import { loraOption, withModel, type OpenedModel } from './model';
import { openAnswering } from './open-answering';
import { Clock, duration, emit, percent, say } from './output';
import { labelsOf, pathsOf, readPromptFiles } from './prompt-files';
import { SecondJudge } from './second-judge';
import { openVerdicts } from './verdict-file';

/** Options that only measure on prompt files. */
export const promptOptions = {
  judge: {
    value: 'NAME',
    description: `with files of prompts: who judges, ${judgeNames.join(' or ')} (default phrases; crude)`,
  },
  ...judgeOptions('judge'),
  'second-judge': {
    value: 'NAME',
    description: 'with files of prompts: another judge of the same answers; tells how far the two agree',
  },
  ...judgeOptions('second-judge'),
  lora: { ...loraOption.lora, description: `with files of prompts: ${loraOption.lora.description}` },
  verdicts: {
    value: 'FILE',
    description: 'with files of prompts: keeps what the judge finds there, and asks nothing again that stands there',
  },
  label: {
    value: 'FILE=LABEL',
    multiple: true,
    description: 'with files of prompts: all of this file is harmful or benign; may be given for each',
  },
  limit: { value: 'N', description: 'with files of prompts: prompts of a set at most (default all)' },
  tokens: {
    value: 'N',
    description: `with files of prompts: new tokens at most (default ${defaultMeasureSettings.maxNewTokens})`,
  },
  seed: { value: 'N', description: `with files of prompts: of sampling (default ${defaultMeasureSettings.seed})` },
  answers: {
    value: 'FILE',
    description:
      'with files of prompts: writes every answer there, one JSON object a line; goes on behind what stands there',
  },
} as const;

/** Whether a call names files of prompts; a whole number is a count of prompts. */
export function namesPromptFiles(args: Arguments): boolean {
  const prompts = args.text('prompts');
  const names = prompts !== undefined && !/^\d+$/.test(prompts);
  const stray = Object.keys(promptOptions).find((name) => name !== 'label' && args.text(name) !== undefined);
  if (!names && stray !== undefined) throw new UsageError(`--${stray} needs --prompts FILE.`);
  if (!names && args.texts('label').length > 0) throw new UsageError('--label needs --prompts FILE.');
  return names;
}

export async function evaluatePrompts(args: Arguments): Promise<void> {
  const begun = new Date();
  const clock = performance.now();
  const choice = computeChoice(args);
  const settings = settingsOf(args);
  const judge = judgeChoice(args, 'judge')!;
  const second = judgeChoice(args, 'second-judge');
  const task = await readPromptFiles(pathsOf(args.required('prompts')), labelsOf(args.texts('label')));
  for (const { name, rows, harmful, benign, duplicates, leftOut, empty } of task.files) {
    const dropped = [
      [duplicates, 'repeated'],
      [leftOut, 'left out'],
      [empty, 'empty'],
    ] as const;
    const words = dropped.flatMap(([count, what]) => (count > 0 ? [`, ${count} ${what}`] : [])).join('');
    say(`${name}: ${rows} rows, ${harmful} harmful, ${benign} benign${words}`);
  }
  const path = args.text('verdicts');
  const verdicts = path === undefined ? new VerdictCache() : openVerdicts(path);
  const opened: ChosenJudge[] = [];
  const open = async (chosen: CheckedChoice, prefix: JudgePrefix) => {
    const { sends } = judges[chosen.name];
    if (sends !== '') say(fillIn(sends, chosen.settings));
    const one = await openJudge(chosen, args, prefix, choice);
    opened.push(one);
    return { chosen: one, judge: cached(one.judge, one.id, verdicts) };
  };
  try {
    const first = await open(judge, 'judge');
    const another = second && (await open(second, 'second-judge'));
    const judging = { judge: first.judge, second: another && new SecondJudge(another.chosen, another.judge) };
    await withModel(
      args.operands[0],
      answering.name,
      async (model) => {
        const { guest } = model;
        const facts = await modelFacts(guest);
        const { limit: _, ...answered } = settings;
        const ids = [first, another].map((one) => one?.chosen.id ?? null);
        const measurement = textHash(JSON.stringify([facts.hash, answered, ids])).slice(0, 16);
        if (guest.chatTemplate === null)
          say('This model has no chat template: it continues the prompts as plain text.');
        const { tally, backend, adapter } = await answerAll(
          model,
          task,
          { measurement, settings, choice, ...judging },
          args,
        );
        const { asr, orr, ...report } = tally.report();
        const summary = judging.second?.summary();
        const { facts: judgedBy, judge: asked } = first.chosen;
        emit({
          ...{ asr, orr, ...report, model: facts, prompts: promptFacts(task) },
          ...{ judge: judgedBy, requests: asked.requests, settings, backend, adapter },
          ...(summary && { second: summary }),
          time: { started: begun.toISOString(), total: Math.round(performance.now() - clock) },
        });
        sayFigures({ asr, orr }, judge);
        if (!summary) return;
        sayFigures(summary, second!);
        sayAgreement(summary.agreement);
      },
      args.text('lora'),
    );
  } finally {
    for (const { judge: one } of opened) await one.close();
  }
}

function sayFigures({ asr, orr }: Pick<Rates, 'asr' | 'orr'>, { name }: CheckedChoice): void {
  const figures = [
    asr && `ASR ${percent(asr.rate)} of ${asr.prompts}`,
    orr && `ORR ${percent(orr.rate)} of ${orr.prompts}`,
  ];
  say(`${figures.filter(Boolean).join('  ')}  (judge: ${[name, judges[name].caveat].filter(Boolean).join(', ')})`);
}

function sayAgreement({ both, onlyFirst, onlySecond, neither, kappa }: Agreement): void {
  const same = both + neither;
  const value = kappa
    ? `Cohen's κ ${kappa.kappa.toFixed(2)} (${kappa.low.toFixed(2)} to ${kappa.high.toFixed(2)})`
    : 'no κ: a judge says the same of all';
  say(`The judges agree on ${same} of ${same + onlyFirst + onlySecond} answers; ${value}`);
}

interface Answering {
  /** Names what is measured. */
  measurement: string;
  settings: MeasureSettings;
  choice: BackendChoice;
  judge: Judge;
  second: SecondJudge | null;
}

/** Every prompt's answer, judged; written to a file where one was named. */
async function answerAll(
  { guest, chat: words }: OpenedModel,
  { prompts }: PromptsTask,
  { measurement, settings, judge, second, choice }: Answering,
  args: Arguments,
): Promise<Computed & { tally: Tally }> {
  const chat = answerChat(words);
  const { maxNewTokens } = settings;
  const positions = guest.config.max_position_embeddings;
  const questions = await questionsOf(limitPrompts(prompts, settings.limit), chat, { maxNewTokens, positions });
  const path = args.text('answers');
  const file = path === undefined ? null : AnswersFile.open(path, measurement, questions);
  const lengths = { length: lengthOf(questions, maxNewTokens), newTokens: maxNewTokens };
  const opened = await openAnswering(guest, lengths, choice);
  const { agent, batch, backend, adapter } = opened;
  const tally = new Tally();
  let done = 0;
  const hear = async (answers: readonly MeasuredAnswer[]) => {
    const heard = await second?.hear(answers);
    tally.add(answers);
    done += answers.length;
    return heard;
  };
  try {
    if (file) for await (const answers of file.judged(judge, batch)) await hear(answers);
    const from = done;
    if (from > 0) say(`${from} of ${questions.length} prompts have their answers in ${path}.`);
    const progress = new Clock(questions.length, from);
    for await (const answers of measure({ agent, chat, judge }, questions, { ...settings, batch, from })) {
      const heard = await hear(answers);
      file?.append(answers.map((answer, i) => rowOf(answer, heard?.[i])));
      say(`${done} of ${questions.length} prompts, ${duration(progress.remaining(done))} left`);
    }
  } catch (error) {
    if (!(error instanceof JudgeError)) throw error;
    const again = args.text('verdicts') === undefined ? ' With --verdicts FILE they are not asked again.' : '';
    throw new JudgeError(`${error.message} ${done} of ${questions.length} prompts were judged.${again}`, {
      cause: error,
    });
  } finally {
    await opened.close();
  }
  return { tally, backend, adapter };
}

function settingsOf(args: Arguments): MeasureSettings {
  const defaults = defaultMeasureSettings;
  const settings: MeasureSettings = {
    limit: args.count('limit', 1) ?? defaults.limit,
    maxNewTokens: args.count('tokens', 1) ?? defaults.maxNewTokens,
    temperature: args.temperature('temperature') ?? defaults.temperature,
    seed: args.count('seed') ?? defaults.seed,
  };
  checkMeasureSettings(settings);
  for (const name of ['sets', 'draw', 'preset'] as const) {
    if (args.text(name) !== undefined)
      throw new UsageError(`--${name} is for runs; --prompts FILE measures all of its prompts.`);
  }
  if (args.switched('no-greedy')) throw new UsageError('--no-greedy is for runs; --temperature 0 is greedy.');
  return settings;
}
