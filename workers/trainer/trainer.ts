/** The worker that trains: opens what computes, the store and the base agents, and carries out what the page asks. */
import { RunStore } from '../../src/checkpoint/store';
import { environmentOf } from '../../src/lab/models/environment';
import { runFormat } from '../../src/lab/run/run-format';
import { estimatesWithin } from '../../src/lm/backend/fit';
import { answerCalls, carryOut } from '../answering';
import { openChosenBackend } from '../backend';
import { keepBackendWish } from '../backend-wish';
import { readOfferApart } from '../importing/reader';
import { openOnnxAgents } from '../onnx/agents';
import type { Handlers } from '../protocol/calls';
import type { TrainerCalls, TrainerNews } from '../protocol/trainer';
import { openModelStores } from '../storage/stores';
import { fetchBaseAgents, fetchBeginning } from './base-agents';
import { conduct } from './conductor';
import { ReproductionStore } from './reproduction/store';
import { RunLocks } from './run-lock';

const locks = new RunLocks();
const handlers: Handlers<TrainerCalls> = conduct({
  emit: (news) => tell(news),
  openBackend: openChosenBackend,
  keepBackendWish,
  estimates: estimatesWithin(Infinity),
  openOnnx: openOnnxAgents,
  readOffer: readOfferApart,
  environmentOf,
  baseAgents: fetchBaseAgents,
  beginning: fetchBeginning,
  store: new RunStore(runFormat),
  guests: openModelStores().guests,
  reproductions: new ReproductionStore(),
  lock: (run) => locks.take(run),
  lockedElsewhere: () => locks.elsewhere(),
  channel: new BroadcastChannel('waltz'),
});

// What nobody caught ends no run: the worker goes on.
const uncaught = (error: Extract<TrainerNews, { kind: 'failed' }>['error']): TrainerNews => ({ kind: 'failed', error });

const tell: (news: TrainerNews) => void = answerCalls<TrainerCalls>(
  (question) => carryOut<TrainerCalls, keyof TrainerCalls>(handlers, question.kind, question),
  { uncaught },
);
