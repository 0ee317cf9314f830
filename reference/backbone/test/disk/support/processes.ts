/** Processes that use stores. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Starts a script of this folder. What it writes is kept. */
export class Script {
  readonly child: Child;
  readonly #ended: Promise<string>;
  #output = '';
  #errors = '';
  #wake: () => void = () => {};

  constructor(name: string, args: readonly string[], wrapper: readonly string[] = []) {
    const path = fileURLToPath(new URL(name, import.meta.url));
    const [command = process.execPath, ...rest] = [...wrapper, process.execPath, '--import', 'tsx', path, ...args];
    this.child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#wake();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        resolve(signal ?? `${code}`);
        this.#wake();
      });
    });
  }

  /** The whole lines that it has written so far. */
  get lines(): string[] {
    return this.#output.split('\n').slice(0, -1);
  }

  get errors(): string {
    return this.#errors;
  }

  /** Resolves when it has written this many lines. Rejects when it ends before that. */
  async wrote(count: number): Promise<string[]> {
    while (this.lines.length < count) {
      const written = new Promise<'written'>((resolve) => {
        this.#wake = () => resolve('written');
      });
      const end = await Promise.race([written, this.#ended]);
      if (end !== 'written' && this.lines.length < count) throw new Error(`It ended with ${end}.\n${this.#errors}`);
    }
    return this.lines;
  }

  /** Its exit code, or the signal that ended it. All of its output has been read then. */
  ended(): Promise<string> {
    return this.#ended;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }
}
