/** What the publishers of a round do: they publish all the time, and now and then the same thing once more. */

import type { JsonValue } from '@micro-socket/protocol';
import type { Chance } from './chance.ts';
import type { StormProgram } from './client-program.ts';

const KEYS = ['x', 'y', 'z'] as const;

/** Between two publishes of one program, in milliseconds. */
const EVERY_MS = [10, 50] as const;

/** Of 100 publishes, how many repeat an earlier one, with the same content and with another one. */
const REPEATS = 4;
const CONFLICTS = 2;

/** How many messages one program publishes before it slows down, so that a long fault does not make a round endless. */
const SLOW_AFTER = 300;
const SLOW_MS = 250;

interface Made {
  readonly topic: string;
  readonly messageId: string;
  readonly data: JsonValue;
  readonly key: string | undefined;
}

/** How many of its newest messages a program may repeat. */
const REPEATABLE_MAX = 20;

export class Publishing {
  readonly #client: StormProgram;
  readonly #topics: readonly string[];
  readonly #chance: Chance;
  readonly #made: Made[] = [];
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: StormProgram, topics: readonly string[], chance: Chance) {
    this.#client = client;
    this.#topics = topics;
    this.#chance = chance;
  }

  start(): void {
    const everyMs = this.#count < SLOW_AFTER ? this.#chance.between(...EVERY_MS) : SLOW_MS;
    this.#timer = setTimeout(() => {
      this.#publish();
      this.start();
    }, everyMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #publish(): void {
    const kind = this.#chance.below(100);
    const earlier = this.#made.length === 0 ? undefined : this.#chance.pick(this.#made);
    const made = earlier === undefined || kind >= REPEATS + CONFLICTS ? this.#new() : earlier;
    const data = made === earlier && kind < CONFLICTS ? { other: this.#count } : made.data;
    const wasPublished = this.#client.publish(made.topic, made.messageId, data, made.key);
    if (!wasPublished || made === earlier) return;
    this.#count += 1;
    this.#made.push(made);
    if (this.#made.length > REPEATABLE_MAX) this.#made.shift();
  }

  #new(): Made {
    const n = this.#count + 1;
    const key = this.#chance.happens(50) ? this.#chance.pick(KEYS) : undefined;
    const isRemoval = key !== undefined && this.#chance.happens(8);
    const { name } = this.#client;
    // Bytes that are not all alike, so that one that is changed or misplaced shows.
    const text = `${name}:${n}:`.repeat(this.#chance.between(1, 12));
    const data = isRemoval ? null : { n, from: name, text };
    return { topic: this.#chance.pick(this.#topics), messageId: `${name}-${n}`, data, key };
  }
}
