/** A program under measurement in one cell: its server, its load generator, and what they say of each run. */

import { type Contender, naming } from '../in-turn.ts';
import type { LoadSample } from '../load/closed-loop.ts';
import type { LoadTasks } from '../load-process.ts';
import { Child } from '../processes/child.ts';
import { loadCoreOf, type Pinning, serverCoreOf } from '../processes/pinning.ts';
import { cpuMicrosBetween } from '../processes/usage.ts';
import type { ProgramEntry } from '../programs/program.ts';
import type { ServerTasks } from '../server-process.ts';
import type { Cell, FanOutPlan } from './plan.ts';
import type { FanOutSample } from './sample.ts';

export interface PairOptions {
  readonly program: ProgramEntry;
  readonly cell: Cell;
  readonly plan: FanOutPlan;
  readonly pinning: Pinning;
  readonly signal: AbortSignal;
}

export class Pair implements Contender<FanOutSample> {
  readonly #options: PairOptions;
  readonly #where: string;
  readonly #server: Child<ServerTasks>;
  readonly #load: Child<LoadTasks>;

  /** Starts both processes; `open` is to be called next, and `end` in any case. */
  constructor(options: PairOptions) {
    const { program, cell, pinning, signal } = options;
    this.#options = options;
    this.#where = `${program.name}, ${cell.subscribers} subscribers, ${cell.messagesPerTurn} messages a turn`;
    this.#server = new Child({
      name: `the server of ${program.name}`,
      file: new URL('../server-process.ts', import.meta.url),
      core: serverCoreOf(pinning),
      signal,
    });
    this.#load = new Child({
      name: `the load generator of ${program.name}`,
      file: new URL('../load-process.ts', import.meta.url),
      core: loadCoreOf(pinning),
      signal,
    });
  }

  open(): Promise<void> {
    return naming(this.#where, async () => {
      const { program, plan, cell } = this.#options;
      const { silenceMsMax } = plan;
      const address = await this.#server.ask('start', { module: program.module });
      await this.#load.ask('connect', { addresses: [address], ...cell, silenceMsMax });
      await this.#run(plan.warmUpMs);
    });
  }

  measure(repetition: number): Promise<FanOutSample> {
    return naming(this.#where, async () => {
      const before = await this.#server.ask('usage');
      const { messages, deliveries, elapsedMs, cpuMicros } = await this.#run(this.#options.plan.repetitionMs);
      const after = await this.#server.ask('usage');
      return {
        program: this.#options.program.name,
        ...this.#options.cell,
        repetition,
        messages,
        deliveries,
        elapsedMs,
        serverCpuMicros: cpuMicrosBetween(before, after),
        serverSystemMicros: after.systemMicros - before.systemMicros,
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
}
