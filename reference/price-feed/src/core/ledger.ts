/**
 * What stands on the main log: its instruments, the newest tick of each, and the channels with their margins.
 *
 * Theory of operation. The log is followed from its state on (`TopicFollower`), so everything here is a function of the
 * messages up to `at`, and every gateway that follows the same log knows the same. Feeds of channels are told each
 * message after it has been taken in, in the order of the log: what is known while they are told is what is in force at
 * that very message. When the log cannot be followed without a hole any more, all feeds end, and the state is read anew
 * when somebody needs it.
 *
 * It holds the newest state only, whatever the length of the history: which margins were in force at an older message is
 * the business of `ChannelHistory`.
 */

import { type Backbone, type Entry, TopicFollower, type TopicSnapshot } from '@micro-socket/backbone';
import type { Position } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import type { MainEntry } from './derived-entry.ts';
import type { Instrument } from './instrument.ts';
import { type MarginsMessage, type MarginVersion, messageOf, type TickMessage } from './main-log.ts';

/** A channel that exists, as its newest margins message tells it. */
export interface Channel {
  readonly id: string;
  /** The margins that are in force. */
  readonly current: MarginVersion;
  /** Those before; `undefined` where the channel has had no others. */
  readonly previous: MarginVersion | undefined;
  /** The version with which it began: its history begins there. */
  readonly bornAt: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly entry: Entry;
  readonly message: MarginsMessage;
}

/** The newest tick of an instrument. */
export interface NewestTick {
  readonly entry: Entry;
  readonly message: TickMessage;
}

/** Hears what is on the log from now on. Must not throw. */
export interface LedgerListener {
  /** A message, after the ledger has taken it in. */
  onEntry(main: MainEntry): void;
  /** There is a hole, or another history; nothing more is told. */
  onLost(): void;
}

export interface LedgerOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  readonly mainTopic: string;
  /** A tick stands on the log, whoever has brought it. */
  readonly onTick?: ((tick: TickMessage) => void) | undefined;
}

export class Ledger {
  readonly #onTick: (tick: TickMessage) => void;
  readonly #follower: TopicFollower;
  readonly #instruments = new Map<string, Instrument>();
  readonly #instrumentEntries = new Map<string, Entry>();
  readonly #ticks = new Map<string, NewestTick>();
  readonly #channels = new Map<string, Channel>();
  readonly #listeners = new Set<LedgerListener>();

  constructor({ backbone, clock, mainTopic, onTick = () => {} }: LedgerOptions) {
    this.#onTick = onTick;
    this.#follower = new TopicFollower({
      backbone,
      clock,
      topic: mainTopic,
      onState: (state) => this.#load(state),
      onEntry: (entry) => this.#hear(entry),
      onStale: () => this.#lose(),
    });
  }

  /** Where the log stands, as far as it is known. */
  get at(): Position {
    return this.#follower.at;
  }

  /** True where the log has to be read anew before anything here is to be relied on. */
  get isStale(): boolean {
    return this.#follower.isStale;
  }

  /** By id. */
  get instruments(): ReadonlyMap<string, Instrument> {
    return this.#instruments;
  }

  /** Their messages, by id. */
  get instrumentEntries(): ReadonlyMap<string, Entry> {
    return this.#instrumentEntries;
  }

  /** By instrument. */
  get ticks(): ReadonlyMap<string, NewestTick> {
    return this.#ticks;
  }

  /** By id. */
  get channels(): ReadonlyMap<string, Channel> {
    return this.#channels;
  }

  /** Follows the log, unless it is followed already. Rejects with what the backbone says. */
  open(): Promise<void> {
    return this.#follower.open();
  }

  /** Resolves when everything that was stored before the call is known here. Rejects with what the backbone says. */
  catchUp(): Promise<void> {
    return this.#follower.catchUp();
  }

  /** Tells the listener what comes after `at`. The answer stops it. */
  listen(listener: LedgerListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#follower.close();
    this.#listeners.clear();
  }

  #load({ entries }: TopicSnapshot): void {
    for (const map of [this.#instruments, this.#instrumentEntries, this.#ticks, this.#channels]) map.clear();
    for (const entry of entries) this.#take(entry);
  }

  #hear(entry: Entry): void {
    const main = { entry, message: this.#take(entry) };
    for (const listener of this.#listeners) listener.onEntry(main);
  }

  #lose(): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener.onLost();
  }

  #take(entry: Entry) {
    const message = messageOf(entry);
    switch (message?.type) {
      case 'instrument': {
        const { instrument: id, decimals, tickSize } = message;
        // The first definition counts for good: prices are whole numbers of it in all that is stored.
        if (!this.#instruments.has(id)) this.#instruments.set(id, { id, decimals, tickSize });
        this.#instrumentEntries.set(id, entry);
        break;
      }
      case 'tick':
        this.#ticks.set(message.instrument, { entry, message });
        this.#onTick(message);
        break;
      case 'margins':
        this.#takeMargins(entry, message);
        break;
    }
    return message;
  }

  #takeMargins(entry: Entry, message: MarginsMessage): void {
    const { channel: id, margins, createdAt, closed } = message;
    if (closed !== undefined) {
      this.#channels.delete(id);
      return;
    }
    const version = entry.seqNo;
    const current = { version, margins };
    // What is written there by whomever: versions lead back in time, or nowhere.
    const previous = isOlder(message.previous?.version, version) ? message.previous : undefined;
    const bornAt = isOlder(message.bornAt, version) ? message.bornAt : version;
    this.#channels.set(id, { id, current, previous, bornAt, createdAt, entry, message });
  }
}

function isOlder(version: number | undefined, than: number): version is number {
  return version !== undefined && version < than;
}
