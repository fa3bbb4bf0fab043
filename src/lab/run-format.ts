import type { RunFormat, RunSnapshot } from '../checkpoint/snapshot';
import type { Evaluation, StepMetrics } from '../waltz/metrics';
import { configVersion, schema } from './config-schema';
import { evaluationSchema, metricsSchema } from './metrics-schema';
import type { RunConfig } from './run-config';

/** A WaltzRL run with its agents, as archives and stores keep it. */
export type KeptRun = RunSnapshot<RunConfig, StepMetrics, Evaluation>;

/** How an archive or a store checks such a run. */
export const runFormat: RunFormat<RunConfig, StepMetrics, Evaluation> = {
  configVersion,
  config: schema,
  metrics: metricsSchema,
  evaluation: evaluationSchema,
};
