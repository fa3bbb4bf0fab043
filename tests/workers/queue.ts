/** What tests of the queue share: a small order, and what its tab says of it. */
import type { TrainerNews } from '../../workers/protocol/trainer';
import type { ReproductionOrder } from '../../src/lab/reproduction/order';
import { openTab, type Tab } from './stage';

export const order: ReproductionOrder = { tables: ['table1'], preset: 'tiny', seeds: 2, prompts: 4 };
/** Base agents; then the two methods of Table 1 that train, with each seed. */
export const SUBJECTS = 5;

export type State = Extract<TrainerNews, { kind: 'reproduce.state' }>;

export const state = (tab: Tab) => tab.of('reproduce.state').at(-1)!;
export const phases = ({ subjects }: State) => subjects.map(({ phase }) => phase);
export const done = (one: State) => phases(one).filter((phase) => phase === 'done').length;
export const error = (tab: Tab) => tab.errors.at(-1);

export async function becomes(tab: Tab, wanted: (state: State) => boolean, from = 0): Promise<State> {
  return (await tab.until((event) => event.kind === 'reproduce.state' && wanted(event), from)) as State;
}

export const finished = (tab: Tab, from = 0) => becomes(tab, (one) => one.status === 'none' && done(one) > 0, from);
export const paused = (tab: Tab, from: number) => becomes(tab, ({ status }) => status === 'paused', from);

/** Figures of the rows, which must not depend on pauses. */
export const figures = (tab: Tab) => tab.of('reproduce.results').at(-1)!.tables;

export async function reproduced(tab: Tab): Promise<Tab> {
  await tab.send({ kind: 'reproduce.start', order });
  await finished(tab);
  return tab;
}

/** Those of a queue that was never stopped. */
export const straight = openTab().then(reproduced).then(figures);
