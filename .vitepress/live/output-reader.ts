/** Reads what a process group prints, line by line and within bounds, no faster than the page takes it. */

import type { Readable } from 'node:stream';
import { type Line, LineSplitter } from '../../tools/runs/line-splitter.ts';
import type { LiveLimits } from './limits.ts';

export type Output = 'stdout' | 'stderr';

export interface OutputHandler {
  /** Returns false when no more is wanted before `resume` is called. */
  onLine(line: Line, output: Output): boolean;
  /** Called once, when the outputs together exceed their limit. Nothing is passed on afterwards. */
  onTooMuch(): void;
}

export class OutputReader {
  readonly #handler: OutputHandler;
  readonly #limits: LiveLimits;
  readonly #streams: readonly Readable[];
  #bytes = 0;
  #discarding = false;

  constructor(stdout: Readable, stderr: Readable, limits: LiveLimits, handler: OutputHandler) {
    this.#handler = handler;
    this.#limits = limits;
    this.#streams = [stdout, stderr];
    this.#read(stdout, 'stdout');
    this.#read(stderr, 'stderr');
  }

  resume(): void {
    for (const stream of this.#streams) stream.resume();
  }

  /** From now on the outputs are only emptied, so that a program that is ending does not wait for a reader. */
  discard(): void {
    this.#discarding = true;
    this.resume();
  }

  #read(stream: Readable, output: Output): void {
    const splitter = new LineSplitter(this.#limits.lineChars);
    stream.on('data', (chunk: Buffer) => {
      if (this.#discarding || !this.#count(chunk.length)) return;
      this.#deliver(splitter.push(chunk), output);
    });
    stream.on('end', () => {
      if (!this.#discarding) this.#deliver(splitter.end(), output);
    });
    // A broken pipe ends the stream as well; how the process ended is told by the process.
    stream.on('error', () => {});
  }

  #count(bytes: number): boolean {
    this.#bytes += bytes;
    if (this.#bytes <= this.#limits.outputBytes) return true;
    this.discard();
    this.#handler.onTooMuch();
    return false;
  }

  #deliver(lines: readonly Line[], output: Output): void {
    let wanted = true;
    for (const line of lines) wanted = this.#handler.onLine(line, output) && wanted;
    if (!wanted && !this.#discarding) for (const stream of this.#streams) stream.pause();
  }
}
