/**
 * A program in a process of its own that can be ended, frozen and started again.
 *
 * What it promises is that nothing is left behind: every process is ended with this one, however that comes about, and a
 * process that ends without having been told to is noticed (`crash`).
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { orHang } from './hang.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Lines of output that are kept; a program that prints more loses its oldest ones here. */
const LINES_MAX = 1_000;

/** Processes that run now: none outlives this one. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface ProgramOptions {
  /** What it is called in messages: `gateway-1`. */
  readonly name: string;
  /** The file to run. */
  readonly command: string;
  readonly words: readonly string[];
  /** The line of output that says that it is ready. */
  readonly ready: RegExp;
}

/** The words that run a TypeScript file of this repository with this Node. */
export function wordsFor(file: string, words: readonly string[]): readonly string[] {
  return ['--import', 'tsx', file, ...words];
}

export class Program {
  readonly name: string;
  readonly #options: ProgramOptions;
  readonly #lines: string[] = [];
  readonly #errors: string[] = [];
  readonly #crashListeners: ((how: string) => void)[] = [];
  #child: ChildProcess;
  /** It was ready, and nobody has told it to end. */
  #shouldRun = false;
  #crash: string | undefined;

  private constructor(options: ProgramOptions) {
    this.name = options.name;
    this.#options = options;
    this.#child = this.#spawn(options.words);
  }

  /** Starts it and resolves with the program and its ready line. Rejects when it ends before, with what it said. */
  static async start(options: ProgramOptions): Promise<{ readonly program: Program; readonly ready: RegExpExecArray }> {
    const program = new Program(options);
    try {
      return { program, ready: await program.#ready() };
    } catch (error) {
      await program.end('SIGKILL');
      throw error;
    }
  }

  /** What it has printed on standard output, the newest lines of all its lives. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The same of standard error. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended without having been told to; `undefined`: it did not. */
  get crash(): string | undefined {
    return this.#crash;
  }

  /** Calls `listener` with how it ended whenever that was nobody's wish. */
  onCrash(listener: (how: string) => void): void {
    this.#crashListeners.push(listener);
  }

  /** Sends a signal that ends it, and resolves with the exit code, or with the signal's name where that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    const child = this.#child;
    this.#shouldRun = false;
    const exited = this.isRunning ? once(child, 'exit') : [];
    child.kill(signal);
    await orHang(Promise.resolve(exited), `${this.name} does not end on ${signal}`);
    return child.exitCode ?? (child.signalCode as string);
  }

  /** Sends a signal as somebody else would: where it ends the program, that is a crash. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops it in the middle of whatever it does. It notices nothing of that until it goes on. */
  pause(): void {
    this.signal('SIGSTOP');
  }

  /** Lets it go on. */
  continue(): void {
    this.signal('SIGCONT');
  }

  /** Starts a program that has ended again, with these words. Rejects as `start` does. */
  async restart(words: readonly string[] = this.#options.words): Promise<RegExpExecArray> {
    if (this.isRunning) throw new Error(`${this.name} runs already.`);
    this.#child = this.#spawn(words);
    return this.#ready();
  }

  #spawn(words: readonly string[]): ChildProcess {
    const child = spawn(this.#options.command, [...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    child.once('exit', (code, signal) => {
      running.delete(child);
      if (!this.#shouldRun) return;
      this.#crash = `${this.name} ended with ${code ?? signal}: ${this.#errors.slice(-5).join(' ')}`;
      for (const listener of this.#crashListeners) listener(this.#crash);
    });
    return child;
  }

  #ready(): Promise<RegExpExecArray> {
    const child = this.#child;
    const said: string[] = [];
    const isReady = new Promise<RegExpExecArray>((resolve, reject) => {
      const read = (stream: NodeJS.ReadableStream | null, ...kept: readonly string[][]) => {
        if (stream === null) return;
        createInterface({ input: stream }).on('line', (line) => {
          for (const lines of kept) keep(lines, line);
          const ready = this.#options.ready.exec(line);
          if (ready === null) return;
          this.#shouldRun = true;
          resolve(ready);
        });
      };
      read(child.stdout, this.#lines);
      read(child.stderr, this.#errors, said);
      child.once('error', reject);
      // 'close' and not 'exit': what it said last has been read by then.
      child.once('close', (code, signal) => {
        reject(new Error(`${this.name} ended with ${code ?? signal}: ${said.join('\n')}`));
      });
    });
    return orHang(isReady, `${this.name} does not say that it is ready`);
  }
}

function keep(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > LINES_MAX) lines.shift();
}
