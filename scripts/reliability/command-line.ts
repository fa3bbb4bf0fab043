import { spawn } from 'node:child_process';
import { mkdirSync, watch } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `waltz train` in a process group of its own, so that all of it can be killed at one moment. */
export class CommandLine {
  /** Steps that it has told on stdout since it was started. */
  readonly steps: number[] = [];
  /** Archives that it has begun to write. */
  writes = 0;
  /** Resolves with its exit code once it has ended by itself, null where it was killed. */
  readonly ended: Promise<number | null>;
  said = '';
  #done = false;
  readonly #child;
  readonly #watcher;
  #wake: (() => void)[] = [];

  constructor(argv: readonly string[], folder: string) {
    mkdirSync(folder, { recursive: true });
    const seen = new Set<string>();
    this.#watcher = watch(folder, (_event, file) => {
      // Of a temporary file there are several events, of each write its own name or time.
      if (!file?.startsWith('run.waltz.') || seen.has(`${file} ${this.steps.length}`)) return;
      seen.add(`${file} ${this.steps.length}`);
      this.writes += 1;
      this.#stir();
    });
    this.#child = spawn(process.execPath, ['cli/waltz.mjs', 'train', ...argv], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    process.once('exit', this.#end);
    let rest = '';
    this.#child.stdout.on('data', (data: Buffer) => {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.steps.push((JSON.parse(line) as { step: number }).step);
      this.#stir();
    });
    this.#child.stderr.on('data', (data: Buffer) => (this.said = (this.said + data.toString()).slice(-4000)));
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#done = true;
        process.off('exit', this.#end);
        this.#watcher.close();
        this.#stir();
        resolve(code);
      });
    });
  }

  /** Waits until something is so; false where it ended before. */
  async until(so: () => boolean): Promise<boolean> {
    while (!so()) {
      if (this.#done) return false;
      await new Promise<void>((wake) => this.#wake.push(wake));
    }
    return !this.#done;
  }

  /** SIGKILL for all of it at once; false where it had ended. */
  async kill(): Promise<boolean> {
    if (this.#done) return false;
    this.#end();
    return (await this.ended) === null;
  }

  readonly #end = (): void => {
    process.kill(-this.#child.pid!, 'SIGKILL');
  };

  #stir(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
