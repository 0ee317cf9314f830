/** A program under measurement in one cell of the channels benchmark. */

import { type Contender, naming } from '../in-turn.ts';
import type { LoadSample } from '../load/closed-loop.ts';
import type { Pinning } from '../processes/pinning.ts';
import type { FeedProgramEntry } from './feed-program.ts';
import { type Cell, type ChannelsPlan, connectionsOf, measuresMemory } from './plan.ts';
import { FeedPair } from './processes.ts';
import type { ChannelsSample } from './sample.ts';

export interface TrialOptions {
  readonly program: FeedProgramEntry;
  readonly cell: Cell;
  readonly plan: ChannelsPlan;
  readonly pinning: Pinning;
  readonly signal: AbortSignal;
}

/** In so many ticks at a time servers are filled; it is quicker than one by one. */
const FILL_BURST = 16;

const FOREVER_MS = 86_400_000;

export class Trial implements Contender<ChannelsSample> {
  readonly #options: TrialOptions;
  readonly #where: string;
  readonly #pair: FeedPair;
  #channelBytes: number | null = null;

  constructor(options: TrialOptions) {
    const { program, cell, plan } = options;
    this.#options = options;
    this.#where = `${program.name}, ${cell.channels} channels, ${cell.subscribersPerChannel} subscribers each`;
    this.#pair = new FeedPair({ ...options, silenceMsMax: plan.silenceMsMax });
  }

  open(): Promise<void> {
    return naming(this.#where, async () => {
      const { cell, plan } = this.#options;
      const { server } = this.#pair;
      await this.#pair.open();
      await this.#fill();
      const liveBytesBefore = await server.ask('liveBytes');
      await this.#pair.subscribe(cell.channels, connectionsOf(cell));
      await this.#fill();
      const liveBytesWith = await server.ask('liveBytes');
      if (measuresMemory(cell)) this.#channelBytes = Math.max(0, liveBytesWith - liveBytesBefore) / cell.channels;
      await this.#run(plan.warmUpMs);
    });
  }

  measure(repetition: number): Promise<ChannelsSample> {
    return naming(this.#where, async () => {
      const { program, cell, plan } = this.#options;
      const used = await this.#pair.using(() => this.#run(plan.repetitionMs));
      const { messages: ticks, deliveries, elapsedMs, cpuMicros: loadCpuMicros, serverCpuMicros, rssBytes } = used;
      return {
        program: program.name,
        ...cell,
        repetition,
        ticks,
        deliveries,
        elapsedMs,
        serverCpuMicros,
        loadCpuMicros,
        rssBytes,
        channelBytes: this.#channelBytes,
      };
    });
  }

  end(): Promise<void> {
    return this.#pair.end();
  }

  async #fill(): Promise<void> {
    const { cell, plan } = this.#options;
    const { fillTicks } = plan;
    if (!measuresMemory(cell)) return;
    await this.#pair.load.ask('runClosed', {
      durationMs: FOREVER_MS,
      messagesMax: fillTicks,
      ticksPerTurn: Math.min(FILL_BURST, fillTicks),
    });
  }

  #run(durationMs: number): Promise<LoadSample> {
    const messagesMax = this.#options.plan.repetitionMessagesMax;
    return this.#pair.load.ask('runClosed', { durationMs, messagesMax, ticksPerTurn: 1 });
  }
}
