/** A process of a run: started with TypeScript, held to one core where possible, asked over IPC, and always ended. */

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.ts';
import type { Answer, Tasks } from './answers.ts';

/** The root of the repository, from where `tsx` is found. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** How long a process may take to end by itself before it is killed. */
const END_DEADLINE_MS = 3_000;

export interface ChildOptions {
  /** Who it is, for errors: `the server of ws-send-loop`. */
  readonly name: string;
  /** The file that it runs; it calls `answerParent`. */
  readonly file: URL;
  /** The core that it may use; undefined means any. */
  readonly core: number | undefined;
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

  constructor({ name, file, core, signal }: ChildOptions) {
    this.#name = name;
    this.#signal = signal;
    const words = [process.execPath, '--import', 'tsx', fileURLToPath(file)];
    const [command = '', ...rest] = core === undefined ? words : ['taskset', '-c', String(core), ...words];
    // Standard output belongs to the result, so whatever a child prints goes to standard error.
    this.#process = spawn(command, rest, { cwd: ROOT, stdio: ['ignore', 2, 2, 'ipc'] });
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', (code, end) => resolve(this.#onGone(`ended with ${end ?? `code ${code}`}`)));
      this.#process.once('error', (error) => resolve(this.#onGone(`could not be started: ${error.message}`)));
    });
    this.#process.on('message', (answer: Answer) => this.#onAnswer(answer));
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Asks for a task and waits for its answer. Rejects with `BenchError` when it fails or the process ends. */
  ask<Name extends keyof T & string>(
    task: Name,
    ...[argument]: Parameters<T[Name]>
  ): Promise<Awaited<ReturnType<T[Name]>>> {
    return new Promise((resolve, reject) => {
      if (this.#gone !== undefined) throw this.#gone;
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { resolve: resolve as Waiting['resolve'], reject });
      // A failure to send means that the process has ended, and its exit answers all that wait.
      this.#process.send({ id: this.#lastId, task, argument }, () => {});
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

  readonly #onAbort = (): void => {
    this.#process.kill('SIGKILL');
  };

  #onAnswer(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
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
