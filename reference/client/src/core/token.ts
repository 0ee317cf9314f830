/** Where tokens come from, and how a running connection gets a new one before the old one expires. */

import type { Clock, Random, Timer } from '@micro-socket/transport';
import { between } from './back-off.ts';
import { TIMER_MS_MAX } from './bound.ts';

/** A token, or a function that is asked for one whenever one is needed, so that it can be a fresh one. */
export type TokenSource = string | (() => string | Promise<string>);

/** The share of a token's remaining life after which a new one is asked for; the rest of it is left for retries. */
const RENEWED_FROM = 0.7;
const RENEWED_TO = 0.8;

/** A token that expires sooner is asked for no more often than this, in milliseconds. */
const RENEWAL_MS_MIN = 1_000;

export interface TokenRenewalPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** Gets a new token and gives it to the gateway; resolves with the moment at which it expires, if it does. */
  readonly renew: () => Promise<number | undefined>;
  readonly onError: (error: Error) => void;
}

/**
 * Renews the token of one connection. Moments are the gateway's, because its clock is the one that a token expires by.
 * A renewal that failed is tried again after most of the time that is left, until the gateway closes with 4006.
 */
export class TokenRenewal {
  readonly #ports: TokenRenewalPorts;
  readonly #gatewayAheadMs: number;
  #timer: Timer | undefined;
  #expiresAt: number | undefined;
  #stopped = false;

  /** `gatewayTime` is what the gateway's clock says now. */
  constructor(ports: TokenRenewalPorts, gatewayTime: number, expiresAt: number | undefined) {
    this.#ports = ports;
    this.#gatewayAheadMs = gatewayTime - ports.clock.now();
    this.#expiresAt = expiresAt;
    this.#plan();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #plan(): void {
    if (this.#expiresAt === undefined || this.#stopped) return;
    const { clock, random } = this.#ports;
    const leftMs = this.#expiresAt - this.#gatewayAheadMs - clock.now();
    const share = between(random, RENEWED_FROM, RENEWED_TO);
    this.#wait(Math.max(leftMs * share, RENEWAL_MS_MIN));
  }

  /** A token may live longer than a timer can wait. */
  #wait(ms: number): void {
    const waitMs = Math.min(ms, TIMER_MS_MAX);
    this.#timer = this.#ports.clock.after(waitMs, () => {
      if (ms > waitMs) this.#wait(ms - waitMs);
      else void this.#renew();
    });
  }

  async #renew(): Promise<void> {
    try {
      this.#expiresAt = await this.#ports.renew();
    } catch (error) {
      if (!this.#stopped) this.#ports.onError(error as Error);
    }
    this.#plan();
  }
}
