/**
 * The chance from which the engine's backbone makes epochs: of one topic always the same, for as long as the era lasts.
 *
 * A backbone draws an epoch when it first hears of a topic, and after a restart it hears of them in another order.
 */

import type { Random } from '@micro-socket/transport';
import { Chance } from '../chance.ts';

export class Epochs implements Random {
  readonly #seed: number;
  readonly #era: number;
  #topic = '';
  #chance: Chance | undefined;

  constructor(seed: number, era: number) {
    this.#seed = seed;
    this.#era = era;
  }

  /** Whose epoch is drawn next, if one is. */
  of(topic: string): void {
    this.#topic = topic;
    this.#chance = undefined;
  }

  uint32(): number {
    this.#chance ??= new Chance(this.#seed, `epoch ${this.#era} ${this.#topic}`);
    return this.#chance.uint32();
  }
}
