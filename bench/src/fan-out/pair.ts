/** A program under measurement with one number of subscribers: its server, its load generator, and what they say of each run. */

import { BenchError } from '../errors.ts';
import { type Measurable, naming, type Opened } from '../in-turn.ts';
import type { LoadSample } from '../load/closed-loop.ts';
import type { LoadTasks } from '../load-process.ts';
import { Child } from '../processes/child.ts';
import { loadCoreOf } from '../processes/pinning.ts';
import { Servers } from '../processes/servers.ts';
import type { Site } from '../processes/site.ts';
import type { FanOutProgram } from '../programs/program.ts';
import type { Cell, FanOutPlan } from './plan.ts';
import type { FanOutSample } from './sample.ts';

export interface PairOptions {
  readonly program: FanOutProgram;
  readonly subscribers: number;
  readonly plan: FanOutPlan;
  readonly site: Site;
}

export class Pair implements Opened {
  readonly #options: PairOptions;
  readonly #servers: Servers;
  readonly #load: Child<LoadTasks>;
  #connectionsBytes = 0;

  /** Starts the load generator; `open` is to be called next, and `end` in any case. */
  constructor(options: PairOptions) {
    const { program, site } = options;
    this.#options = options;
    this.#servers = new Servers(program.name, site);
    this.#load = new Child({
      name: `the load generator of ${program.name}`,
      file: new URL('../load-process.ts', import.meta.url),
      core: loadCoreOf(site.pinning),
      signal: site.signal,
    });
  }

  open(): Promise<void> {
    const { program, subscribers, plan } = this.#options;
    return naming(`${program.name}, ${subscribers} subscribers`, async () => {
      const { silenceMsMax } = plan;
      const address = await program.start(this.#servers);
      const idle = known(await this.#servers.memory());
      await this.#load.ask('connect', { dialect: program.dialect, addresses: [address], subscribers, silenceMsMax });
      const full = known(await this.#servers.memory());
      this.#connectionsBytes = Math.max(full.rssBytes - idle.rssBytes, full.liveBytes - idle.liveBytes);
    });
  }

  /** Runs a workload without measuring it. */
  warmUp(cell: Cell, durationMs: number): Promise<void> {
    return naming(this.#whereIs(cell), async () => {
      await this.#run(cell, durationMs);
    });
  }

  in(cell: Cell): Measurable<FanOutSample> {
    return { measure: (repetition) => naming(this.#whereIs(cell), () => this.#measure(cell, repetition)) };
  }

  async end(): Promise<void> {
    await this.#load.end();
    await this.#servers.end();
  }

  async #measure(cell: Cell, repetition: number): Promise<FanOutSample> {
    const { program, plan } = this.#options;
    const { result, used } = await this.#servers.using(() => this.#run(cell, plan.repetitionMs));
    if (used.length < this.#servers.count) known(null);
    const { messages, deliveries, elapsedMs, cpuMicros } = result;
    const sum = (of: (server: (typeof used)[number]) => number) => used.reduce((all, server) => all + of(server), 0);
    return {
      program: program.name,
      ...cell,
      repetition,
      messages,
      deliveries,
      elapsedMs,
      serverCpuMicros: sum((server) => server.cpuMicros),
      serverSystemMicros: sum((server) => server.systemMicros),
      loadCpuMicros: cpuMicros,
      rssBytes: sum((server) => server.rssBytes),
      connectionsBytes: this.#connectionsBytes,
    };
  }

  #run({ payloadBytes, messagesPerTurn }: Cell, durationMs: number): Promise<LoadSample> {
    const { repetitionMessagesMax: messagesMax, loadDelayMicros } = this.#options.plan;
    return this.#load.ask('run', { payloadBytes, messagesPerTurn, durationMs, messagesMax, loadDelayMicros });
  }

  #whereIs({ subscribers, messagesPerTurn, payloadBytes }: Cell): string {
    const { name } = this.#options.program;
    return `${name}, ${subscribers} subscribers, ${messagesPerTurn} messages a turn, ${payloadBytes} B`;
  }
}

function known<Value>(value: Value | null): Value {
  if (value === null) throw new BenchError('PROCESS_FAILED', 'the system does not tell what a server has used');
  return value;
}
