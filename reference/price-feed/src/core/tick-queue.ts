/**
 * Ticks on their way to the main log: many under way at once, stored in the order in which they came.
 *
 * The definition of an instrument is stored before its first tick is sent, because a tick means nothing without.
 *
 * Bounded: `UNDER_WAY_MAX` publishes without an answer, and behind them one waiting tick for each instrument, the newest.
 * After a refusal that a retry can help, everything new waits until the time for another try has come, and what was
 * refused goes first, so that an old tick never lands behind a newer one of its instrument.
 */

import type { PublishRequest } from '@micro-socket/backbone';
import { type ErrorCode, ProtocolError } from '@micro-socket/protocol';
import type { Clock, Timer } from '@micro-socket/transport';
import type { InstrumentMessage, MainMessage, TickMessage } from './main-log.ts';
import type { MainWriter } from './main-writer.ts';
import type { Tick } from './tick.ts';

const UNDER_WAY_MAX = 1_024;
const RETRY_MS = 250;

/** A request, and of which instrument: what waits under one is replaced by what comes. */
interface Waiting {
  readonly instrument: string;
  readonly message: MainMessage;
  request: PublishRequest;
  /** Rises with each tick that comes. */
  readonly order: number;
  /** A definition is never replaced. */
  readonly onStored?: (() => void) | undefined;
}

export interface TickQueueOptions {
  readonly writer: Pick<MainWriter, 'publish' | 'requestFor' | 'rename'>;
  readonly clock: Clock;
  /** A tick is on the log. */
  readonly onTickStored: () => void;
  /** The backbone has refused something, which is tried again where that can help. */
  readonly onRefused: (error: unknown) => void;
}

/** For how long what is under way may hold up the end. */
const CLOSE_MS_MAX = 2_000;

export class TickQueue {
  readonly #options: TickQueueOptions;
  /** Definitions first, then ticks by instrument, the longest waiting first. */
  readonly #definitions: Waiting[] = [];
  readonly #ticks = new Map<string, Waiting>();
  /** By instrument: the order of the newest tick that was sent. */
  readonly #newestSent = new Map<string, number>();
  readonly #whoWaits: (() => void)[] = [];
  #order = 0;
  #underWay = 0;
  /** Instruments whose definition is not stored yet: their ticks wait. */
  readonly #undefined = new Set<string>();
  #retry: Timer | undefined;
  #isClosed = false;
  #stored = 0;
  #conflated = 0;
  #unstorable = 0;

  constructor(options: TickQueueOptions) {
    this.#options = options;
  }

  get stored(): number {
    return this.#stored;
  }

  get conflated(): number {
    return this.#conflated;
  }

  /** Ticks that the backbone has refused for good. */
  get unstorable(): number {
    return this.#unstorable;
  }

  /** Sends a definition before everything that comes after it. `onStored` is called when it is on the log. */
  define(message: InstrumentMessage, onStored: () => void): void {
    const request = this.#options.writer.requestFor(message);
    this.#undefined.add(message.instrument);
    const { instrument } = message;
    this.#definitions.push({ instrument, message, request, order: this.#order++, onStored });
    this.#go();
  }

  add(tick: Tick): void {
    const message: TickMessage = { type: 'tick', ...tick };
    const request = this.#options.writer.requestFor(message);
    this.#wait({ instrument: tick.instrument, message, request, order: this.#order++ });
    this.#go();
  }

  /** Resolves when one tick more need not wait. */
  async ready(): Promise<void> {
    while (!this.#isClosed && this.#isFull) {
      await new Promise<void>((resolve) => this.#whoWaits.push(resolve));
    }
  }

  /** Sends nothing from now on; resolves when what is under way has its answer, or has had time enough. */
  async close(): Promise<void> {
    let isTooLong = false;
    const limit = this.#options.clock.after(CLOSE_MS_MAX, () => {
      isTooLong = true;
      this.#wake();
    });
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#ticks.clear();
    this.#definitions.length = 0;
    this.#wake();
    while (this.#underWay > 0 && !isTooLong) await new Promise<void>((resolve) => this.#whoWaits.push(resolve));
    limit.cancel();
  }

  get #isFull(): boolean {
    return this.#underWay >= UNDER_WAY_MAX || this.#retry !== undefined || this.#undefined.size > 0;
  }

  #wait(waiting: Waiting): void {
    const older = this.#ticks.get(waiting.instrument);
    if (older !== undefined) this.#conflated += 1;
    this.#ticks.delete(waiting.instrument);
    this.#ticks.set(waiting.instrument, waiting);
  }

  #go(): void {
    while (!this.#isClosed && this.#retry === undefined && this.#underWay < UNDER_WAY_MAX) {
      const next = this.#definitions.shift() ?? this.#nextTick();
      if (next === undefined) return;
      this.#send(next);
    }
  }

  #nextTick(): Waiting | undefined {
    for (const [instrument, waiting] of this.#ticks) {
      if (this.#undefined.has(instrument)) continue;
      this.#ticks.delete(instrument);
      return waiting;
    }
    return undefined;
  }

  #send(waiting: Waiting): void {
    this.#underWay += 1;
    if (waiting.onStored === undefined) this.#newestSent.set(waiting.instrument, waiting.order);
    this.#options.writer.publish(waiting.request).then(
      () => this.#isStored(waiting),
      (error: unknown) => this.#isRefused(waiting, error),
    );
  }

  #isStored({ instrument, onStored }: Waiting): void {
    if (onStored === undefined) this.#tickIsStored();
    else this.#isDefined(instrument, onStored);
    this.#settle();
  }

  #tickIsStored(): void {
    this.#stored += 1;
    this.#options.onTickStored();
  }

  #isRefused(waiting: Waiting, error: unknown): void {
    this.#options.onRefused(error);
    const canRetry = error instanceof ProtocolError && error.retry && !this.#isClosed;
    if (canRetry) this.#tryAgainLater(waiting, error.code);
    else if (waiting.onStored === undefined) this.#unstorable += 1;
    else this.#isDefined(waiting.instrument, waiting.onStored);
    this.#settle();
  }

  #isDefined(instrument: string, onStored: () => void): void {
    this.#undefined.delete(instrument);
    onStored();
  }

  #tryAgainLater(waiting: Waiting, code: ErrorCode): void {
    const { instrument, message, order, onStored } = waiting;
    const { writer, clock } = this.#options;
    // It may be the ids of this publisher that are too many; and what was overloaded has stored nothing for certain.
    if (code === 'OVERLOADED' && this.#retry === undefined) writer.rename();
    if (code === 'OVERLOADED') waiting.request = writer.requestFor(message);
    this.#retry ??= clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      this.#go();
      this.#wake();
    });
    if (onStored !== undefined) this.#definitions.push(waiting);
    // A newer one of its instrument has been sent or waits already.
    else if (this.#ticks.has(instrument) || this.#newestSent.get(instrument) !== order) this.#conflated += 1;
    else this.#ticks.set(instrument, waiting);
  }

  #settle(): void {
    this.#underWay -= 1;
    this.#go();
    if (!this.#isFull || this.#isClosed) this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#whoWaits.splice(0)) resolve();
  }
}
