/** One program that a page started: its group, its limits, and the answer that it is streamed into. */

import { randomUUID } from 'node:crypto';
import type { Line } from '../../tools/runs/line-splitter.ts';
import type { EndReason, ExitLine } from '../../tools/runs/live-lines.ts';
import type { LiveLimits } from './limits.ts';
import { type Output, OutputReader } from './output-reader.ts';
import { type GroupCommand, type GroupExit, ProcessGroup } from './process-group.ts';
import type { ResponseStream } from './response-stream.ts';
import type { Timers } from './timers.ts';

export interface LiveProcessOptions {
  readonly command: GroupCommand;
  readonly answer: ResponseStream;
  readonly limits: LiveLimits;
  readonly timers: Timers;
  /** Absent for programs that run until they are stopped. */
  readonly limitMs?: number;
  /** Makes the line for the page out of a line of output. */
  interpret(line: Line, output: Output): object;
}

export class LiveProcess {
  readonly id = randomUUID();
  /** Settles after the answer was completed and the whole group is gone. */
  readonly ended: Promise<ExitLine>;

  readonly #group: ProcessGroup;
  readonly #reader: OutputReader;
  #reason: EndReason = 'finished';

  constructor(options: LiveProcessOptions) {
    const { answer, limits, timers } = options;
    answer.write({ t: 'run', id: this.id });
    this.#group = new ProcessGroup(options.command, timers, limits.graceMs);
    this.#reader = new OutputReader(this.#group.stdout, this.#group.stderr, limits, {
      onLine: (line, output) => answer.write(options.interpret(line, output)),
      onTooMuch: () => void this.stop('output-limit'),
    });
    answer.onDrain(() => this.#reader.resume());
    answer.onLeft(() => void this.stop('stopped'));
    const cancelLimit =
      options.limitMs === undefined ? () => {} : timers.after(options.limitMs, () => void this.stop('time-limit'));
    this.ended = this.#group.ended.then((exit) => {
      cancelLimit();
      const line = this.#exitLine(exit);
      answer.end(line);
      return line;
    });
  }

  /** True once somebody asked for the end, until `ended` settles. */
  get ending(): boolean {
    return this.#reason !== 'finished';
  }

  /** Ends the group. The first reason is the one that is told. */
  async stop(reason: EndReason): Promise<void> {
    if (!this.ending) this.#reason = reason;
    // A page that stopped reading must not keep the group from ending.
    if (reason !== 'stopped') this.#reader.discard();
    else this.#reader.resume();
    await this.#group.stop();
  }

  #exitLine({ code, error }: GroupExit): ExitLine {
    if (error !== undefined) return { t: 'exit', code: null, reason: 'not-started', message: error };
    return { t: 'exit', code, reason: this.#reason };
  }
}
