/**
 * Patience with JetStream: what fails for a reason that passes is tried again until its time is over.
 *
 * Nothing is asked while the streams are not known to be ours: after every reconnect, and whenever an answer raises a
 * doubt, their configuration and their life are looked at first (`shut`, then `open`). An answer of another stream that has
 * the same name would be worse than none.
 */

import type { ProtocolError } from '@micro-socket/protocol';
import type { Clock, Random } from '@micro-socket/transport';
import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import {
  ClosedConnectionError,
  DrainingConnectionError,
  NoRespondersError,
  RequestError,
  TimeoutError,
} from '@nats-io/transport-node';
import { unavailable } from '../../parts/unavailable.ts';
import { LinkDownError, type NatsLink } from './link.ts';

const PAUSE_MIN_MS = 20;
const PAUSE_MAX_MS = 1_000;

/** No stream of this name. */
const STREAM_NOT_FOUND = 10059;
/** Not for this account, and not at all. */
const JETSTREAM_OFF: readonly number[] = [10039, 10076];

export interface AccessOptions {
  readonly link: NatsLink;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears that the streams may not be what they were. */
  readonly onDoubt: () => void;
}

export class Access {
  readonly #options: AccessOptions;
  /** Who waits for the streams to be known. */
  #waiting = new Set<() => void>();
  #isOpen = false;
  #isClosed = false;
  #problem: string | undefined;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What keeps everything from being asked, in one sentence; `undefined`: nothing. */
  get problem(): string | undefined {
    if (this.#isClosed) return 'The backbone is closed.';
    const { link } = this.#options;
    return link.problem ?? (this.#isOpen ? undefined : (this.#problem ?? `JetStream at ${link.servers} is not ready.`));
  }

  /** The streams are known. */
  open(): void {
    if (this.#isClosed) return;
    this.#isOpen = true;
    this.#problem = undefined;
    this.#wake();
  }

  /** The streams are not known any more; `problem` says what is found to be wrong with them. */
  shut(problem?: string): void {
    this.#isOpen = false;
    this.#problem = problem;
  }

  /** Everything that waits is UNAVAILABLE. */
  close(): void {
    this.#isClosed = true;
    this.#isOpen = false;
    this.#wake();
  }

  /**
   * Makes attempts until one of them is answered or the moment `untilAt` has come: UNAVAILABLE then. Errors that do not
   * pass by themselves are the caller's.
   */
  async insist<Result>(untilAt: number, work: (attempt: number) => Promise<Result>): Promise<Result> {
    for (let attempt = 0; ; attempt++) {
      await this.#opened(untilAt);
      try {
        return await this.within(
          untilAt,
          this.#options.link.attempt(() => work(attempt)),
        );
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (raisesDoubt(error) && this.#isOpen) this.#options.onDoubt();
        if (this.#isClosed || this.#options.clock.now() >= untilAt) throw this.unavailable(error);
        // The first failure is most often a connection that is up again by now, and a time-out has been a pause itself.
        if (attempt > 0 && !(error instanceof TimeoutError)) await this.pause(attempt, untilAt);
      }
    }
  }

  /** The result of something that goes on by itself; UNAVAILABLE when it has none at the moment `untilAt`. */
  within<Result>(untilAt: number, promise: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const leftMs = Math.max(0, untilAt - this.#options.clock.now());
      const timer = this.#options.clock.after(leftMs, () => reject(this.unavailable()));
      promise.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  /** What a question that found no answer is answered with. */
  unavailable(cause?: unknown): ProtocolError {
    const reason = cause instanceof Error ? `NATS has not answered in time: ${cause.message}.` : undefined;
    return unavailable(this.problem ?? reason ?? 'NATS has not answered in time.', cause);
  }

  /** Waits a while, longer with every attempt and each time another while; not beyond `untilAt`. */
  pause(attempt: number, untilAt = Number.POSITIVE_INFINITY): Promise<void> {
    const { clock, random } = this.#options;
    const longest = Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** Math.min(attempt, 16));
    const ms = Math.ceil(longest * (0.5 + random.uint32() / 2 ** 33));
    return this.#woken(Math.max(1, Math.min(ms, untilAt - clock.now())), () => this.#isClosed);
  }

  async #opened(untilAt: number): Promise<void> {
    const { clock } = this.#options;
    while (!this.#isOpen) {
      const leftMs = untilAt - clock.now();
      if (this.#isClosed || leftMs <= 0) throw this.unavailable();
      await this.#woken(leftMs, () => this.#isOpen || this.#isClosed);
    }
  }

  /** Resolves after so many milliseconds, or as soon as it is woken and the condition holds. */
  #woken(ms: number, condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        timer?.cancel();
        this.#waiting.delete(check);
        resolve();
      };
      const check = () => {
        if (condition()) end();
      };
      const timer = Number.isFinite(ms) ? this.#options.clock.after(ms, end) : undefined;
      this.#waiting.add(check);
    });
  }

  #wake(): void {
    for (const check of [...this.#waiting]) check();
  }
}

/** Whether the same question may be answered in a moment. */
function isPassing(error: unknown): boolean {
  if (error instanceof LinkDownError || error instanceof TimeoutError || error instanceof RequestError) return true;
  if (error instanceof ClosedConnectionError || error instanceof DrainingConnectionError) return true;
  // A stream that is not there is made, or found to be made anew.
  if (isJetStreamOff(error)) return false;
  if (error instanceof JetStreamApiError) return error.status >= 500 || error.code === STREAM_NOT_FOUND;
  // Nobody answers, or a read was ended by the server.
  return error instanceof JetStreamError || isJetStreamMissing(error);
}

/** Whether an error may mean that the stream is not the one that we know. */
function raisesDoubt(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.code === STREAM_NOT_FOUND;
  if (error instanceof RequestError) return error.isNoResponders();
  return error instanceof TimeoutError || error instanceof NoRespondersError || isJetStreamMissing(error);
}

/** Whether JetStream is off, for the account or at all. */
export function isJetStreamOff(error: unknown): boolean {
  // The library wraps one of the two.
  const told = error instanceof Error && error.cause instanceof JetStreamApiError ? error.cause : error;
  return told instanceof JetStreamApiError && JETSTREAM_OFF.includes(told.code);
}

/** The library says so where nobody answers. */
function isJetStreamMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND;
}
