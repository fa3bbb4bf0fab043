import type { RunConfig } from '../src/lab/config';
import { PhaseClock, phaseNames } from '../src/lab/run/phases';
import { Run, type RunParts } from '../src/lab/run/run';
import type { RoleName } from '../src/waltz/game/roles';
import { gamesPerStep } from '../src/lab/run/stages';
import type { RlResult } from './document';
import { charge, difference, Ledger } from './instrument';
import { openRun, type Ours } from './peers/ours';
import { summarize, timed } from './samples';

const WARM_UPS = 2;

/** A run at the beginning of stage 2, where both agents learn. */
function stageTwo(config: RunConfig, parts: RunParts<RoleName>): Run {
  return Run.resume(
    {
      config,
      task: parts.task.tag,
      step: config.stages.one,
      metrics: [],
      evaluations: [],
      measured: [],
    },
    parts,
  );
}

interface Wanted {
  ours: Ours;
  config: RunConfig;
  /** The base agents of this config. */
  archive: Uint8Array<ArrayBuffer>;
  runs: number;
  say: (text: string) => void;
}

/** Steps as they are, for their whole time and counts, and in turns with them steps whose phases are clocked. */
export async function measureRl({ ours, config, archive, runs, say }: Wanted): Promise<RlResult> {
  say(`RL steps of the ${config.preset} preset, ${ours.name}`);
  const ledger = new Ledger();
  const { parts, close } = await charge(ledger, () => openRun(ours, config, archive));
  const clock = new PhaseClock(parts.agents, { updates: 'apart' });
  const whole = stageTwo({ ...config, seed: 1 }, parts);
  const apart = stageTwo({ ...config, seed: 2 }, { ...parts, agents: clock.agents });
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) {
    await charge(ledger, () => whole.step());
    await apart.step();
  }
  clock.take();
  const before = ledger.snapshot();
  const wholeSeconds: number[] = [];
  const steps: { seconds: number; phases: ReturnType<PhaseClock['take']> }[] = [];
  for (let step = 0; step < runs; step++) {
    wholeSeconds.push((await timed(() => charge(ledger, () => whole.step()))).seconds);
    const { seconds } = await timed(() => apart.step());
    steps.push({ seconds, phases: clock.take() });
    say(`  ${step + 1}/${runs}: ${wholeSeconds[step].toFixed(3)} s, with updates apart ${seconds.toFixed(3)} s`);
  }
  const counts = difference(ledger.snapshot(), before, runs);
  close();
  const inPhases = ({ phases }: (typeof steps)[number]) =>
    phaseNames.reduce((sum, name) => sum + phases[name].seconds, 0);
  return {
    preset: config.preset,
    backend: ours.name,
    runs,
    warmUps: WARM_UPS,
    games: gamesPerStep(config),
    seconds: summarize(wholeSeconds),
    counts,
    liveBytes: ledger.liveBytes,
    peakBytes: ledger.peakBytes,
    apart: {
      seconds: summarize(steps.map(({ seconds }) => seconds)),
      phases: phaseNames.map((name) => ({
        name,
        seconds: summarize(steps.map(({ phases }) => phases[name].seconds)),
        tokens: summarize(steps.map(({ phases }) => phases[name].tokens)),
      })),
      rest: summarize(steps.map((step) => step.seconds - inPhases(step))),
    },
  };
}
