/**
 * What crosses between the page and the worker that trains, topic by topic: calls, each answered once under its id, and what
 * goes on by itself.
 */
import type { DeviceCalls, DeviceNews } from './device';
import type { ErrorNews } from './errors';
import type { GuestsCalls, GuestsNews } from './guests';
import type { ImportingCalls } from './importing';
import type { PerformanceCalls, PerformanceNews } from './performance';
import type { ReproductionCalls, ReproductionNews } from './reproduction';
import type { RunCalls, RunNews } from './run';
import type { RunsCalls, RunsNews } from './runs';

export type TrainerCalls = DeviceCalls &
  RunCalls &
  RunsCalls &
  ImportingCalls &
  GuestsCalls &
  PerformanceCalls &
  ReproductionCalls;

export type TrainerNews = DeviceNews | RunNews | RunsNews | GuestsNews | PerformanceNews | ReproductionNews | ErrorNews;
