/**
 * The command line: `waltz info|pretrain|train|evaluate|record|reproduce|sweep|export|inspect|generate|score|chat|fetch|serve`. stdout
 * is JSON only, one object a line; but where no JSON is asked for a chat is text, an inspection a table, and `fetch` writes a path.
 */
import { Arguments, UsageError, usage, type CommandDescription } from './arguments';
import { chat, chatCommand } from './chat';
import { evaluate, evaluateCommand } from './evaluate';
import { exportCommand, exportRun } from './export';
import { fetchCommand, fetchModel } from './fetch';
import { generate, generateCommand } from './generate';
import { info, infoCommand } from './info';
import { inspect, inspectCommand } from './inspect';
import { say } from './output';
import { pretrainAgents, pretrainCommand } from './pretrain';
import { record, recordCommand } from './record';
import { reproduce, reproduceCommand } from './reproduce';
import { score, scoreCommand } from './score';
import { serve, serveCommand } from './serve';
import { sweep, sweepCommand } from './sweep';
import { train, trainCommand } from './train';

interface Command {
  description: CommandDescription;
  run: (args: Arguments) => Promise<void>;
}

const commands: readonly Command[] = [
  { description: infoCommand, run: info },
  { description: pretrainCommand, run: pretrainAgents },
  { description: trainCommand, run: train },
  { description: evaluateCommand, run: evaluate },
  { description: recordCommand, run: record },
  { description: reproduceCommand, run: reproduce },
  { description: sweepCommand, run: sweep },
  { description: exportCommand, run: exportRun },
  { description: inspectCommand, run: inspect },
  { description: generateCommand, run: generate },
  { description: scoreCommand, run: score },
  { description: chatCommand, run: chat },
  { description: fetchCommand, run: fetchModel },
  { description: serveCommand, run: serve },
];

const overview = [
  'waltz COMMAND [options]: WaltzRL without a page, on Node',
  '',
  ...commands.map(({ description: { name, summary } }) => `  ${name.padEnd(10)}${summary}`),
  '',
  'waltz COMMAND --help lists its options.',
].join('\n');

/** Runs one call. @returns the exit code: 2 for a call that cannot be understood, 1 for one that failed. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    say(overview);
    return name === undefined ? 2 : 0;
  }
  try {
    const command = commands.find(({ description }) => description.name === name);
    if (!command) throw new UsageError(`There is no command "${name}".\n\n${overview}`);
    if (rest.includes('--help') || rest.includes('-h')) {
      say(usage(command.description));
      return 0;
    }
    await command.run(new Arguments(command.description, rest));
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(process.env['DEBUG'] === undefined ? `${error.name}: ${error.message}` : (error.stack ?? error.message));
    return error instanceof UsageError ? 2 : 1;
  }
}
