/**
 * What the programs of a world want: who subscribes to what and how, and what is published when.
 *
 * It repeats publishes on purpose, with the same content and with another one, within the dedup window and after it.
 */

import type { JsonValue, SubscriptionMode } from '@micro-socket/protocol';
import { Chance } from '../chance.ts';
import { topicsOf } from '../plan/names.ts';
import type { Settings } from '../settings.ts';
import type { VirtualTime } from '../time/virtual-time.ts';
import type { ClientNode, Interest } from './client-node.ts';

const MODES: readonly SubscriptionMode[] = ['stream', 'stream', 'stream', 'latest', 'keyed', 'volatile'];
const KEYS = ['a', 'b', 'c'] as const;
/** How many of the earlier messages a repeat is chosen from. */
const REPEATABLE_MAX = 80;

/** What a subscriber wants: one mode, of one topic or of all. */
export function interestsOf(name: string, settings: Settings): readonly Interest[] {
  const chance = new Chance(settings.seed, `interests ${name}`);
  const topics = topicsOf(settings);
  const mode = chance.pick(MODES);
  const wanted = chance.happens(500) ? topics : [chance.pick(topics)];
  return wanted.map((topic) => ({ topic, mode, from: beginningOf(chance), options: optionsOf(mode, chance) }));
}

function beginningOf(chance: Chance): Interest['from'] {
  const from = chance.below(4);
  if (from === 0) return 'snapshot';
  return from === 1 ? { last: chance.between(1, 10) } : 'live';
}

function optionsOf(mode: SubscriptionMode, chance: Chance): Interest['options'] {
  const paced = (mode === 'latest' || mode === 'keyed') && chance.happens(400);
  const onGap = chance.pick(['live', 'live', 'snapshot', 'reject'] as const);
  return {
    ...(mode === 'stream' ? { onGap } : {}),
    ...(paced ? { maxRateHz: chance.pick([1, 2, 5, 10]) } : {}),
    ...(mode === 'stream' && chance.happens(250) ? { confirmWindow: chance.between(4, 8) } : {}),
    ...(mode === 'stream' && chance.happens(500) ? { checksum: true } : {}),
  };
}

interface Made {
  readonly topic: string;
  readonly messageId: string;
  readonly data: JsonValue;
  readonly key: string | undefined;
}

/** One publisher's work. */
export class PublisherWork {
  readonly #client: ClientNode;
  readonly #settings: Settings;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #made: Made[] = [];
  #count = 0;
  #isOver = false;

  constructor(client: ClientNode, settings: Settings, time: VirtualTime) {
    this.#client = client;
    this.#settings = settings;
    this.#time = time;
    this.#chance = new Chance(settings.seed, `work ${client.name}`);
  }

  start(): void {
    this.#time.after(this.#chance.below(this.#settings.publishEveryMs), () => this.#go());
  }

  stop(): void {
    this.#isOver = true;
  }

  /** Publishes so many messages at once. */
  burst(topic: string, count: number): void {
    for (let at = 0; at < count; at++) this.#publishNew(topic);
  }

  #go(): void {
    if (this.#isOver) return;
    const kind = this.#chance.below(100);
    const earlier = this.#made.length === 0 ? undefined : this.#chance.pick(this.#made);
    if (kind < 4 && earlier !== undefined) this.#publish(earlier);
    else if (kind < 6 && earlier !== undefined) this.#publish({ ...earlier, data: { other: this.#count } });
    else this.#publishNew(this.#chance.pick(topicsOf(this.#settings)));
    const everyMs = this.#settings.publishEveryMs;
    this.#time.after(this.#chance.between(everyMs >> 1, everyMs + (everyMs >> 1)), () => this.#go());
  }

  #publishNew(topic: string): void {
    this.#count += 1;
    const key = this.#chance.happens(600) ? this.#chance.pick(KEYS) : undefined;
    const removes = key !== undefined && this.#chance.happens(80);
    const data = removes ? null : { n: this.#count, from: this.#client.name };
    const made: Made = { topic, messageId: `${this.#client.name}-m${this.#count}`, data, key };
    this.#made.push(made);
    if (this.#made.length > REPEATABLE_MAX) this.#made.shift();
    this.#publish(made);
  }

  #publish({ topic, messageId, data, key }: Made): void {
    this.#client.publish(topic, messageId, data, key);
  }
}
