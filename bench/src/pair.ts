/** A program under measurement in one cell: its server, its load generator, and what they say of each run. */

import type { Cell, FanOutPlan } from './cells.ts';
import { BenchError } from './errors.ts';
import type { LoadSample } from './load/closed-loop.ts';
import type { LoadTasks } from './load-process.ts';
import { Child } from './processes/child.ts';
import type { Pinning } from './processes/pinning.ts';
import type { ProgramEntry } from './programs/program.ts';
import type { FanOutSample } from './result.ts';
import type { ServerTasks } from './server-process.ts';

export interface PairOptions {
  readonly program: ProgramEntry;
  readonly cell: Cell;
  readonly plan: FanOutPlan;
  readonly pinning: Pinning;
  readonly signal: AbortSignal;
}

export class Pair {
  readonly #options: PairOptions;
  readonly #server: Child<ServerTasks>;
  readonly #load: Child<LoadTasks>;

  /** Starts both processes; `open` is to be called next, and `end` in any case. */
  constructor(options: PairOptions) {
    const { program, pinning, signal } = options;
    this.#options = options;
    this.#server = new Child({
      name: `the server of ${program.name}`,
      file: new URL('./server-process.ts', import.meta.url),
      core: pinning.pinned ? pinning.serverCore : undefined,
      signal,
    });
    this.#load = new Child({
      name: `the load generator of ${program.name}`,
      file: new URL('./load-process.ts', import.meta.url),
      core: pinning.pinned ? pinning.loadCore : undefined,
      signal,
    });
  }

  /** Starts the server, connects everybody, and warms both processes up. */
  open(): Promise<void> {
    return this.#naming(async () => {
      const { program, plan, cell } = this.#options;
      const { messagesPerTurn, payloadBytes, subscribers } = cell;
      const { silenceMsMax } = plan;
      const address = await this.#server.ask('start', { module: program.module });
      await this.#load.ask('connect', { address, subscribers, messagesPerTurn, payloadBytes, silenceMsMax });
      await this.#run(plan.warmUpMs);
    });
  }

  measure(repetition: number): Promise<FanOutSample> {
    return this.#naming(async () => {
      const before = await this.#server.ask('mark');
      const { messages, deliveries, elapsedMs, cpuMicros } = await this.#run(this.#options.plan.repetitionMs);
      const after = await this.#server.ask('mark');
      const serverUserMicros = after.userMicros - before.userMicros;
      const serverSystemMicros = after.systemMicros - before.systemMicros;
      return {
        program: this.#options.program.name,
        ...this.#options.cell,
        repetition,
        messages,
        deliveries,
        elapsedMs,
        serverCpuMicros: serverUserMicros + serverSystemMicros,
        serverSystemMicros,
        loadCpuMicros: cpuMicros,
        rssBytes: after.rssBytes,
      };
    });
  }

  async end(): Promise<void> {
    await Promise.all([this.#load.end(), this.#server.end()]);
  }

  #run(durationMs: number): Promise<LoadSample> {
    return this.#load.ask('run', { durationMs, messagesMax: this.#options.plan.repetitionMessagesMax });
  }

  /** Adds to an error where it happened. */
  async #naming<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof BenchError) || error.code === 'STOPPED') throw error;
      const { subscribers, messagesPerTurn } = this.#options.cell;
      const where = `${this.#options.program.name}, ${subscribers} subscribers, ${messagesPerTurn} messages a turn`;
      throw new BenchError(error.code, `${where}: ${error.message}`);
    }
  }
}
