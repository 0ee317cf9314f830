/** A program under measurement in one cell: its gateways, what is behind them, and the process with publisher and subscribers. */

import { type Contender, naming } from '../in-turn.ts';
import type { LoadSample } from '../load/closed-loop.ts';
import type { LoadTasks } from '../load-process.ts';
import { Child } from '../processes/child.ts';
import { loadCoreOf } from '../processes/pinning.ts';
import { Servers } from '../processes/servers.ts';
import type { Site } from '../processes/site.ts';
import type { Cell, DeliveriesPlan } from './plan.ts';
import type { DeliveryProgram } from './programs.ts';
import type { DeliverySample } from './sample.ts';

export interface DeliveringOptions {
  readonly program: DeliveryProgram;
  readonly cell: Cell;
  readonly plan: DeliveriesPlan;
  readonly site: Site;
}

export class Delivering implements Contender<DeliverySample> {
  readonly #options: DeliveringOptions;
  readonly #where: string;
  readonly #servers: Servers;
  readonly #load: Child<LoadTasks>;

  constructor(options: DeliveringOptions) {
    const { program, cell, site } = options;
    this.#options = options;
    this.#where = `${program.name}, ${cell.subscribers} subscribers`;
    this.#servers = new Servers(program.name, site);
    this.#load = new Child({
      name: `the load generator of ${program.name}`,
      file: new URL('../load-process.ts', import.meta.url),
      core: loadCoreOf(site.pinning),
      signal: site.signal,
    });
  }

  open(): Promise<void> {
    return naming(this.#where, async () => {
      const { program, cell, plan } = this.#options;
      const addresses = await program.start(this.#servers);
      const { silenceMsMax } = plan;
      await this.#load.ask('connect', { dialect: 'frames', addresses, subscribers: cell.subscribers, silenceMsMax });
      await this.#run(plan.warmUpMs);
    });
  }

  measure(repetition: number): Promise<DeliverySample> {
    return naming(this.#where, async () => {
      const { program, cell, plan } = this.#options;
      const { result, used } = await this.#servers.using(() => this.#run(plan.repetitionMs));
      const { messages, deliveries, elapsedMs, cpuMicros } = result;
      return {
        program: program.name,
        ...cell,
        repetition,
        messages,
        deliveries,
        elapsedMs,
        loadCpuMicros: cpuMicros,
        servers: used.length === this.#servers.count ? used : null,
      };
    });
  }

  async end(): Promise<void> {
    await this.#load.end();
    await this.#servers.end();
  }

  #run(durationMs: number): Promise<LoadSample> {
    const { cell, plan } = this.#options;
    const { payloadBytes, messagesPerTurn } = cell;
    return this.#load.ask('run', {
      payloadBytes,
      messagesPerTurn,
      durationMs,
      messagesMax: plan.repetitionMessagesMax,
    });
  }
}
