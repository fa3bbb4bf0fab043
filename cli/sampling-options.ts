import { UsageError, type Arguments, type CommandDescription } from './arguments';

/** Options of every command that draws tokens. */
export const samplingOptions = {
  greedy: { description: 'always the likeliest token' },
  temperature: { value: 'T', description: 'of sampling (default 0.7)' },
  seed: { value: 'N', description: 'of sampling (default 1)' },
} as const satisfies CommandDescription['options'];

/** @throws {UsageError} where both --greedy and --temperature were given. */
export function samplingOf(args: Arguments): { temperature: number; seed: number } {
  const temperature = args.temperature('temperature');
  const greedy = args.switched('greedy');
  if (greedy && temperature !== undefined) throw new UsageError('Give --greedy or --temperature, not both.');
  return { temperature: greedy ? 0 : (temperature ?? 0.7), seed: args.count('seed') ?? 1 };
}
