import type { RunFormat, RunSnapshot } from '../../checkpoint/snapshot';
import type { RunStore } from '../../checkpoint/store';
import type { Evaluation, StepMetrics } from '../../waltz/learn/metrics';
import { configVersion, oldestConfigVersion, schema } from '../config/schema';
import type { RunMeasurement } from './measured';
import { taskOf } from '../../tasks';
import { isOfSets, runMeasurementSchema } from './measured-schema';
import { evaluationSchema, metricsSchema } from './metrics-schema';
import type { RunConfig } from '../config/run-config';
import { totalSteps } from './stages';

/** A WaltzRL run with its agents, as archives and stores keep it. */
export type KeptRun = RunSnapshot<RunConfig, StepMetrics, Evaluation, RunMeasurement>;

/** The store of such runs. */
export type KeptRuns = RunStore<RunConfig, StepMetrics, Evaluation, RunMeasurement>;

/** How an archive or a store checks such a run. */
export const runFormat: RunFormat<RunConfig, StepMetrics, Evaluation, RunMeasurement> = {
  configVersion,
  oldestConfigVersion,
  config: schema,
  metrics: metricsSchema,
  evaluation: evaluationSchema,
  measured: runMeasurementSchema,
  total: totalSteps,
  contradiction: (config, { evaluations, measured }) => {
    const { sets } = taskOf(config.task);
    const all = [...evaluations, ...measured.map(({ evaluation }) => evaluation)];
    return all.every((one) => isOfSets(one, sets)) ? null : "an evaluation has not the sets of the run's task";
  },
};
