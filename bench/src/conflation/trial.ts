/** A program under measurement in one cell of the conflation benchmark. */

import type { FeedProgramEntry } from '../channels/feed-program.ts';
import { FeedPair } from '../channels/processes.ts';
import { type Contender, naming } from '../in-turn.ts';
import type { Pinning } from '../processes/pinning.ts';
import { cpuMicrosBetween } from '../processes/usage.ts';
import type { ConflationPlan } from './plan.ts';
import type { ConflationSample } from './sample.ts';

export interface TrialOptions {
  readonly program: FeedProgramEntry;
  readonly cell: ConflationPlan['cells'][number];
  readonly plan: ConflationPlan;
  readonly pinning: Pinning;
  readonly signal: AbortSignal;
}

export class Trial implements Contender<ConflationSample> {
  readonly #options: TrialOptions;
  readonly #where: string;
  readonly #pair: FeedPair;
  #before = { liveBytes: 0, rssBytes: 0 };

  constructor(options: TrialOptions) {
    const { program, cell, plan } = options;
    this.#options = options;
    this.#where = `${program.name}, ${cell.subscribers} subscribers, ${cell.slowReaders} of them slow`;
    this.#pair = new FeedPair({ ...options, silenceMsMax: plan.silenceMsMax });
  }

  open(): Promise<void> {
    return naming(this.#where, async () => {
      const { cell, plan } = this.#options;
      const { server, load } = this.#pair;
      await this.#pair.open();
      await this.#pair.subscribe(
        1,
        Array.from({ length: cell.subscribers }, () => [0]),
      );
      const { ticksPerSecond } = cell;
      await load.ask('runOpen', { ticksPerSecond, ticks: plan.warmUpTicks, slowReaders: 0 });
      await load.ask('settle');
      this.#before = { liveBytes: await server.ask('liveBytes'), rssBytes: (await server.ask('usage')).rssBytes };
    });
  }

  measure(repetition: number): Promise<ConflationSample> {
    return naming(this.#where, async () => {
      const { program, cell } = this.#options;
      const { server, load } = this.#pair;
      const { subscribers, slowReaders, ticksPerSecond, ticks } = cell;
      const start = await server.ask('usage');
      await load.ask('runOpen', { ticksPerSecond, ticks, slowReaders });
      const published = await server.ask('usage');
      const liveBytes = await server.ask('liveBytes');
      // The garbage collection in between is not the program's.
      const goingOn = await server.ask('usage');
      const { deliveries, elapsedMs, cpuMicros } = await load.ask('settle');
      const end = await server.ask('usage');
      return {
        program: program.name,
        subscribers,
        slowReaders,
        ticksPerSecond,
        repetition,
        ticks,
        deliveries,
        elapsedMs,
        serverCpuMicros: cpuMicrosBetween(start, published) + cpuMicrosBetween(goingOn, end),
        loadCpuMicros: cpuMicros,
        liveBytesBefore: this.#before.liveBytes,
        liveBytes,
        rssBytesBefore: this.#before.rssBytes,
        rssBytes: published.rssBytes,
      };
    });
  }

  end(): Promise<void> {
    return this.#pair.end();
  }
}
