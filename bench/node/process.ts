import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Call, Work, WorkName } from './work';

/** A process of its own that works on what it is asked for, one call at a time. */
export class WorkProcess {
  readonly #child: ChildProcess;

  constructor() {
    // What it says is progress.
    this.#child = fork(fileURLToPath(new URL('child.mjs', import.meta.url)), { stdio: ['ignore', 2, 2, 'ipc'] });
  }

  call<Name extends WorkName>(name: Name, given: Parameters<Work[Name]>[0]): Promise<Awaited<ReturnType<Work[Name]>>> {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The process in Node ended. See what it said above.'));
      this.#child.once('exit', ended);
      this.#child.once('message', (told: Answer) => {
        this.#child.off('exit', ended);
        if ('error' in told) reject(new Error(told.error));
        else resolve(told.result as Awaited<ReturnType<Work[Name]>>);
      });
      this.#child.send({ name, given } satisfies Call);
    });
  }

  end(): void {
    this.#child.kill();
  }
}
