import * as v from 'valibot';
import { firstIssue } from '../../checkpoint/issue';
import { presetNames, type PresetName } from '../config';
import { tableNames, type TableName } from './tables';

/** What to reproduce: tables of runs from a preset, with the seeds 1 to `seeds` and so many prompts a set. */
export interface ReproductionOrder {
  tables: TableName[];
  preset: PresetName;
  seeds: number;
  prompts: number;
}

/** The order asks for what there is not. */
export class OrderError extends Error {
  override name = 'OrderError';
}

export const orderSchema = v.object({
  tables: v.pipe(v.array(v.picklist(tableNames)), v.minLength(1)),
  preset: v.picklist(presetNames),
  seeds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20)),
  prompts: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2048)),
}) satisfies v.GenericSchema<unknown, ReproductionOrder>;

/** Throws `OrderError`. */
export function parseOrder(order: unknown): ReproductionOrder {
  const found = v.safeParse(orderSchema, order);
  if (found.success) return found.output;
  throw new OrderError(`${firstIssue(found.issues, 'The order')}. Choose again, then start.`);
}

export function seedsOf({ seeds }: ReproductionOrder): number[] {
  return Array.from({ length: seeds }, (_, i) => i + 1);
}
