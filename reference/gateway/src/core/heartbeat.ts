/** Finds a client that is gone without a word: silence, then a ping, then silence again (§4.11, §5.12). */

import type { Limits } from '@micro-socket/protocol';
import type { Clock, Timer } from '@micro-socket/transport';

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly ping: (time: number) => void;
  readonly onSilent: () => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #heardAt: number;
  #timer: Timer;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#heardAt = options.clock.now();
    this.#timer = this.#wait(options.limits.heartbeatMs);
  }

  /** A frame has come, whichever it was. */
  heard(): void {
    this.#heardAt = this.#options.clock.now();
  }

  stop(): void {
    this.#timer.cancel();
  }

  /** One timer per connection: it is not set anew for each frame, but looks at the last one when it fires. */
  #wait(ms: number): Timer {
    return this.#options.clock.after(ms, () => this.#look());
  }

  #look(): void {
    const { clock, limits, ping } = this.#options;
    const silentMs = clock.now() - this.#heardAt;
    if (silentMs < limits.heartbeatMs) {
      this.#timer = this.#wait(limits.heartbeatMs - silentMs);
      return;
    }
    const pingedAt = clock.now();
    ping(pingedAt);
    this.#timer = clock.after(limits.pongTimeoutMs, () => this.#judge(pingedAt));
  }

  #judge(pingedAt: number): void {
    if (this.#heardAt < pingedAt) this.#options.onSilent();
    else this.#look();
  }
}
