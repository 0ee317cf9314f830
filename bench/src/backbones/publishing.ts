/** A program under measurement in one cell: its servers, and the process that publishes to them. */

import { type Contender, naming } from '../in-turn.ts';
import type { PublishSample } from '../load/publish-loop.ts';
import { Child } from '../processes/child.ts';
import { loadCoreOf, serverCoreOf } from '../processes/pinning.ts';
import { Servers } from '../processes/servers.ts';
import type { Site } from '../processes/site.ts';
import type { PublishTasks } from '../publish-process.ts';
import type { BackbonesPlan, Cell } from './plan.ts';
import type { PublishProgram } from './programs.ts';
import type { BackboneSample } from './sample.ts';

export interface PublishingOptions {
  readonly program: PublishProgram;
  readonly cell: Cell;
  readonly plan: BackbonesPlan;
  readonly site: Site;
  /** Hears at which level the program says that it has a message. */
  readonly onDurability: (durability: string) => void;
}

export class Publishing implements Contender<BackboneSample> {
  readonly #options: PublishingOptions;
  readonly #where: string;
  readonly #servers: Servers;
  #load: Child<PublishTasks> | undefined;
  #isOneProcess = false;

  constructor(options: PublishingOptions) {
    const { program, cell, site } = options;
    this.#options = options;
    this.#where = `${program.name}, ${cell.inFlight} in flight, ${cell.topics} topics`;
    this.#servers = new Servers(program.name, site);
  }

  open(): Promise<void> {
    return naming(this.#where, async () => {
      const { program, cell, plan, onDurability } = this.#options;
      const target = await program.start(this.#servers);
      this.#isOneProcess = target.kind === 'lmdb';
      const { topics, payloadBytes } = cell;
      const load = this.#startLoad();
      const { durability } = await load.ask('open', { target, topics, payloadBytes, silenceMsMax: plan.silenceMsMax });
      if (durability !== null) onDurability(durability);
      await this.#run(load, plan.warmUpMs);
    });
  }

  measure(repetition: number): Promise<BackboneSample> {
    return naming(this.#where, async () => {
      const { program, cell, plan } = this.#options;
      const load = this.#startLoad();
      const { result, used } = await this.#servers.using(() => this.#run(load, plan.repetitionMs));
      await load.ask('verify');
      const { cpuMicros, ...rest } = result;
      return {
        program: program.name,
        ...cell,
        repetition,
        ...rest,
        loadCpuMicros: cpuMicros,
        servers: used.length === this.#servers.count ? used : null,
        isOneProcess: this.#isOneProcess,
      };
    });
  }

  async end(): Promise<void> {
    await this.#load?.end();
    await this.#servers.end();
  }

  #startLoad(): Child<PublishTasks> {
    const { program, site } = this.#options;
    const { pinning, signal } = site;
    this.#load ??= new Child<PublishTasks>({
      name: `the publisher of ${program.name}`,
      file: new URL('../publish-process.ts', import.meta.url),
      // A process that holds the store itself has the core of a server.
      core: this.#isOneProcess ? serverCoreOf(pinning) : loadCoreOf(pinning),
      signal,
    });
    return this.#load;
  }

  #run(load: Child<PublishTasks>, durationMs: number): Promise<PublishSample> {
    const { cell, plan } = this.#options;
    return load.ask('run', { inFlight: cell.inFlight, durationMs, messagesMax: plan.repetitionMessagesMax });
  }
}
