/**
 * Who is present in one topic, at all gateways together, and through which of them, as its presence topic tells.
 *
 * What is counted here is everything that the presence topic holds, so a count is right whichever gateways it comes from.
 *
 * What this is not: it publishes nothing and does not know which of those present are its own gateway's.
 */

import { type Backbone, type Entry, TopicFollower, type TopicSnapshot } from '@micro-socket/backbone';
import type { Position } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import { gatewayOf } from './gateway-messages.ts';
import type { Counts } from './occupancy.ts';

export interface RosterOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  /** The presence topic. */
  readonly topic: string;
  /** The roster was read: this is all of it. */
  readonly onState: (state: TopicSnapshot) => void;
  /** A change has come. */
  readonly onEntry: (entry: Entry) => void;
  /** What it knows is no longer to be relied on. */
  readonly onStale: () => void;
}

/** A session that is present. */
export interface RosterEntry {
  /** Names the session. */
  readonly key: string;
  /** Of the message that says so. */
  readonly messageId: string;
}

export class Roster {
  readonly #options: RosterOptions;
  readonly #follower: TopicFollower;
  /** The messageId of each session's newest message, by key. */
  readonly #messageIds = new Map<string, string>();
  readonly #sessionsOf = new Map<string, number>();
  readonly #sessionsAt = new Map<string, number>();

  constructor(options: RosterOptions) {
    const { backbone, clock, topic, onStale } = options;
    this.#options = options;
    this.#follower = new TopicFollower({
      backbone,
      clock,
      topic,
      onState: (state) => this.#load(state),
      onEntry: (entry) => this.#take(entry),
      onStale,
    });
  }

  /** True until it was read, and when it has to be read anew. */
  get isStale(): boolean {
    return this.#follower.isStale;
  }

  /** The position that it stands at. */
  get at(): Position {
    return this.#follower.at;
  }

  /** Reads the roster, unless it can be relied on already. Rejects with what the backbone says. */
  open(): Promise<void> {
    return this.#follower.open();
  }

  /** Resolves when it has heard of everything that was stored before this was called. Rejects with what the backbone says. */
  catchUp(): Promise<void> {
    return this.#follower.catchUp();
  }

  /** How many are present, by everything that was stored before this was called. Rejects with what the backbone says. */
  async count(): Promise<Counts> {
    await this.catchUp();
    return { users: this.#sessionsOf.size, sessions: this.#messageIds.size };
  }

  /** Those that are present through a gateway for which this holds. */
  through(concerns: (gateway: string) => boolean): RosterEntry[] {
    const gateways = new Set([...this.#sessionsAt.keys()].filter(concerns));
    // Mostly there is none, and then nobody has to be looked at.
    if (gateways.size === 0) return [];
    const found: RosterEntry[] = [];
    for (const [key, messageId] of this.#messageIds) {
      if (gateways.has(gatewayOf(messageId))) found.push({ key, messageId });
    }
    return found;
  }

  /** A message was stored here. In another history than the known one, it says that the known one is over. */
  expect(position: Position): void {
    this.#follower.expect(position);
  }

  close(): void {
    this.#follower.close();
  }

  #load(state: TopicSnapshot): void {
    this.#messageIds.clear();
    this.#sessionsOf.clear();
    this.#sessionsAt.clear();
    for (const entry of state.entries) this.#keep(entry);
    this.#options.onState(state);
  }

  #take(entry: Entry): void {
    this.#keep(entry);
    this.#options.onEntry(entry);
  }

  #keep({ key, messageId, payload }: Entry): void {
    if (key === undefined) return;
    this.#remove(key);
    if (payload === null) return;
    this.#messageIds.set(key, messageId);
    add(this.#sessionsOf, userOf(key), 1);
    add(this.#sessionsAt, gatewayOf(messageId), 1);
  }

  #remove(key: string): void {
    const messageId = this.#messageIds.get(key);
    if (messageId === undefined) return;
    this.#messageIds.delete(key);
    add(this.#sessionsOf, userOf(key), -1);
    add(this.#sessionsAt, gatewayOf(messageId), -1);
  }
}

/** A name that stands for none is not kept. */
function add(counts: Map<string, number>, name: string, change: 1 | -1): void {
  const left = (counts.get(name) ?? 0) + change;
  if (left === 0) counts.delete(name);
  else counts.set(name, left);
}

/** A user's name may have slashes, and a session id has none. */
function userOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}
