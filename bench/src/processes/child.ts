/** A process of a run: started with TypeScript, held to one core where possible, asked over IPC, and always ended. */

import { type ChildProcess, spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.ts';
import type { Answer, Tasks } from './answers.ts';
import { BUN } from './bun.ts';
import { ROOT } from './root.ts';

/** What runs the TypeScript of a process. */
export type Runtime = 'node' | 'bun';

/** How long a process may take to end by itself before it is killed. */
const END_DEADLINE_MS = 3_000;

export interface ChildOptions {
  /** Who it is, for errors: `the server of ws-send-loop`. */
  readonly name: string;
  /** The file that it runs; that or `preload` calls `answerParent`. */
  readonly file: URL;
  /** The words of its command line. */
  readonly words?: readonly string[];
  /** Default: Node. */
  readonly runtime?: Runtime;
  /** Loaded before the file, so that a program that knows nothing of this can be asked. */
  readonly preload?: URL;
  /** The core that it may use; undefined means any. */
  readonly core: number | undefined;
  /** Hears each line of its standard output, which goes to standard error otherwise. */
  readonly onLine?: (line: string) => void;
  /** Ends it when it is aborted. */
  readonly signal: AbortSignal;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: BenchError): void;
}

export class Child<T extends Tasks> {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #signal: AbortSignal;
  readonly #exited: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #gone: BenchError | undefined;

  constructor({ name, file, words = [], runtime = 'node', preload, core, onLine, signal }: ChildOptions) {
    this.#name = name;
    this.#signal = signal;
    const program = [...runnerOf(runtime, preload), fileURLToPath(file), ...words];
    const [command = '', ...rest] = core === undefined ? program : ['taskset', '-c', String(core), ...program];
    // Standard output belongs to the result, so whatever a child prints goes to standard error.
    const stdout = onLine === undefined ? 2 : 'pipe';
    this.#process = spawn(command, rest, { cwd: ROOT, stdio: ['ignore', stdout, 2, 'ipc'] });
    if (onLine !== undefined && this.#process.stdout !== null) {
      createInterface({ input: this.#process.stdout }).on('line', onLine);
    }
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', (code, end) => resolve(this.#onGone(`ended with ${end ?? `code ${code}`}`)));
      this.#process.once('error', (error) => resolve(this.#onGone(`could not be started: ${error.message}`)));
    });
    this.#process.on('message', (answer: Answer) => this.#onAnswer(answer));
    // Each process of a run listens, and there are as many as the programs need.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Asks for a task and waits for its answer. Rejects with `BenchError` when it fails or the process ends. */
  ask<Name extends keyof T & string>(
    task: Name,
    ...[argument]: Parameters<T[Name]>
  ): Promise<Awaited<ReturnType<T[Name]>>> {
    return new Promise((resolve, reject) => {
      const id = this.#await({ resolve: resolve as Waiting['resolve'], reject });
      // A failure to send means that the process has ended, and its exit answers all that wait.
      this.#process.send({ id, task, argument }, () => {});
    });
  }

  /** Resolves with what `work` resolves with. Rejects with `BenchError` when the process ends before. */
  whileItRuns<Value>(work: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const id = this.#await({ resolve: resolve as Waiting['resolve'], reject });
      work.then(
        (value) => this.#settle(id)?.resolve(value),
        (error) => this.#settle(id)?.reject(error),
      );
    });
  }

  /** Ends the process and waits until it is gone. */
  async end(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#process.connected) this.#process.disconnect();
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), END_DEADLINE_MS);
    await this.#exited;
    clearTimeout(kill);
  }

  /** Ends the process as a crash would, and waits until it is gone. */
  async crash(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** It may have processes of its own to end, so it is asked first. */
  readonly #onAbort = (): void => {
    void this.end();
  };

  /** Throws `BenchError` when the process has ended. */
  #await(waiting: Waiting): number {
    if (this.#gone !== undefined) throw this.#gone;
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, waiting);
    return this.#lastId;
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #onAnswer(answer: Answer): void {
    const waiting = this.#settle(answer.id);
    if ('error' in answer) waiting?.reject(new BenchError(answer.error.code, answer.error.message));
    else waiting?.resolve(answer.value);
  }

  #onGone(how: string): void {
    const stopped = new BenchError('STOPPED', 'the run was stopped');
    this.#gone = this.#signal.aborted ? stopped : new BenchError('PROCESS_FAILED', `${this.#name} ${how}`);
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }
}

/** Bun reads TypeScript by itself, and loads nothing that is not installed. */
function runnerOf(runtime: Runtime, preload: URL | undefined): string[] {
  if (runtime === 'bun') {
    return [BUN, '--no-install', ...(preload === undefined ? [] : ['--preload', fileURLToPath(preload)])];
  }
  return [process.execPath, '--import', 'tsx', ...(preload === undefined ? [] : ['--import', preload.href])];
}
