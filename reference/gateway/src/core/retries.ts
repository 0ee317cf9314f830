/**
 * Tries again what failed, for work that has nobody left to tell: a bounded number of times, each after a longer pause.
 *
 * What a client asks for is not tried again here. The client is told, and decides for itself.
 */

import { ProtocolError } from '@micro-socket/protocol';
import type { Clock, Random } from '@micro-socket/transport';

/** With the pauses below this goes on for 8 to 16 seconds. */
const ATTEMPTS_MAX = 7;
const PAUSE_MIN_MS = 250;

export class Retries {
  readonly #clock: Clock;
  readonly #random: Random;
  /** What ends each pause that is being made. */
  readonly #pauses = new Set<() => void>();
  #isClosed = false;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Does it until it succeeds. Rejects with the last failure when no further attempt is made. */
  async run<Result>(action: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !canSucceedLater(error)) throw error;
        await this.#pause(attempt, error);
        if (this.#isClosed) throw error;
      }
    }
  }

  /** Ends all pauses. From now on everything is tried once. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#pauses) end();
  }

  #pause(attempt: number, error: unknown): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        this.#pauses.delete(end);
        timer.cancel();
        resolve();
      };
      const timer = this.#clock.after(this.#pauseMs(attempt, error), end);
      this.#pauses.add(end);
    });
  }

  /** Twice as long each time, less a random part of up to a half: what failed together should not come back together. */
  #pauseMs(attempt: number, error: unknown): number {
    const share = 0.5 + this.#random.uint32() / 2 ** 33;
    const pauseMs = PAUSE_MIN_MS * 2 ** (attempt - 1) * share;
    return error instanceof ProtocolError ? Math.max(pauseMs, error.afterMs ?? 0) : pauseMs;
  }
}

/** A refusal says for itself whether it is worth asking again; of any other failure nobody knows. */
function canSucceedLater(error: unknown): boolean {
  return !(error instanceof ProtocolError) || error.retry;
}
