/**
 * `npm run reliability -- PART`: breaks what can be broken while runs are trained, and looks whether anything is lost. What
 * happened is written down line by line under .cache/reliability/, so that a part goes on where it was stopped.
 */
import { Arguments, UsageError, usage, type CommandDescription } from '../../cli/arguments';
import { say } from '../../cli/output';
import { isBad } from './entries';
import { keep } from './kept';
import { modes } from './moments';
import { parts, partNames } from './parts';

const command = {
  name: 'reliability',
  summary: `npm run reliability -- PART [options]: trains runs, breaks what is around them, and looks what is left. PART is one of ${partNames.join(', ')}.`,
  operands: ['PART'],
  options: {
    kills: { value: 'N', description: 'kills in all, those of before counted (default 50, of the GPU process 10)' },
    mode: { value: 'NAME', description: `where the browser is killed: ${modes.join(' or ')} (default training)` },
    seed: { value: 'N', description: 'of the moments (default 1)' },
    keep: { description: 'keeps what was written down in results/reliability/, shows it in docs/reliability.md' },
    help: { description: 'shows this' },
  },
} as const satisfies CommandDescription;

/** Answers the exit code: 1 where something was lost or differs. */
export async function reliability(argv: readonly string[]): Promise<number> {
  try {
    if (argv.includes('--help')) {
      say(usage(command));
      return 0;
    }
    const args = new Arguments(command, argv);
    const part = partNames.find((each) => each === args.operands[0]);
    if (part === undefined) throw new UsageError(`PART is one of ${partNames.join(', ')}, not "${args.operands[0]}".`);
    const mode = args.choice('mode', modes) ?? 'training';
    const { name, entries } = await parts[part]({ mode, seed: args.count('seed') ?? 1, kills: args.count('kills') });
    if (args.switched('keep')) keep(name, entries);
    const bad = entries.filter(isBad);
    say(
      `${name}: ${entries.filter(({ kind }) => kind === 'killed' || kind === 'tried').length} in all, ${bad.length} bad`,
    );
    return bad.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(`${error.name}: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}
