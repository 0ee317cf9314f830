/** One topic in which sessions of this gateway are present, or that somebody here watches: what they share of it (§4.8). */

import { type Backbone, type Entry, entrySizeOf, type PublishResult, type TopicSnapshot } from '@micro-socket/backbone';
import type { JsonValue, Position } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import { occupancyTopicOf, presenceTopicOf } from './derived-topics.ts';
import { type GatewayMessages, gatewayOf, isSweep, sweepIdOf } from './gateway-messages.ts';
import type { LifeSigns } from './life-signs.ts';
import { notAName } from './not-a-name.ts';
import { Occupancy } from './occupancy.ts';
import { PresenceSweep } from './presence-sweep.ts';
import type { Retries } from './retries.ts';
import { Roster } from './roster.ts';

/** One session of this gateway in this topic. */
export interface Present {
  /** Names it in the presence topic. */
  readonly key: string;
  /** A message with its key was stored: by this gateway, or by another one that has the session as well. */
  onStored(stored: Stored): void;
  /** The presence topic has nothing of it, complete up to this position. */
  onMissing(position: Position): void;
}

/** What the presence topic says of a session. */
export interface Stored {
  readonly position: Position;
  readonly isOurs: boolean;
  /** False when it says that the session has left. */
  readonly isPresent: boolean;
}

export interface PresenceTopicOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  readonly messages: GatewayMessages;
  readonly signs: LifeSigns;
  readonly retries: Retries;
  readonly onInternalError: (error: unknown) => void;
  /** Nobody of this gateway is present any more or watches, and what has changed was announced. */
  readonly onIdle: (topic: PresenceTopic) => void;
}

export class PresenceTopic {
  readonly topic: string;
  readonly #options: PresenceTopicOptions;
  readonly #presenceTopic: string;
  readonly #roster: Roster;
  readonly #occupancy: Occupancy;
  readonly #sweep: PresenceSweep;
  readonly #present = new Map<string, Present>();
  #watchers = 0;
  /** When the roster was read, by the time of the signs of life. */
  #knownSince = 0;

  /** Throws `ProtocolError` INVALID_FIELD for a topic that is too long to have presence. */
  constructor(topic: string, options: PresenceTopicOptions) {
    const { backbone, clock, messages, signs, retries, onInternalError } = options;
    this.topic = topic;
    this.#options = options;
    this.#presenceTopic = presenceTopicOf(topic);
    this.#roster = new Roster({
      backbone,
      clock,
      topic: this.#presenceTopic,
      onState: (state) => this.#compare(state),
      onEntry: (entry) => this.#hear(entry),
      onStale: () => this.#occupancy.announce(),
    });
    this.#occupancy = new Occupancy({
      backbone,
      topic: occupancyTopicOf(topic),
      // Each topic has its own share of the dedup window, too.
      publisher: notAName(messages.newId()),
      newMessageId: () => messages.newId(),
      count: () => this.#roster.count(),
      retries,
      onInternalError,
      onDone: () => this.#closeIfIdle(),
    });
    this.#sweep = new PresenceSweep({
      roster: this.#roster,
      isGone: (gateway) => signs.isGone(gateway, this.#knownSince),
      remove: ({ key, messageId }, expectSeqNo) => this.#store(key, null, sweepIdOf(messageId), expectSeqNo),
      retries,
      onInternalError,
    });
  }

  add(present: Present): void {
    this.#present.set(present.key, present);
  }

  remove(present: Present): void {
    this.#present.delete(present.key);
    this.#closeIfIdle();
  }

  /** Somebody looks who is present. Whoever should not be any more is taken out from now on, and the counts are put right. */
  watch(): void {
    this.#watchers += 1;
    this.#occupancy.announce();
  }

  /** One of those who watched has gone. */
  unwatch(): void {
    this.#watchers -= 1;
    this.#closeIfIdle();
  }

  /** Takes out whoever was present through a gateway that is gone. */
  async sweep(): Promise<void> {
    // Nobody else reads it anew while nobody comes or goes.
    if (this.#roster.isStale) this.#occupancy.announce();
    await this.#sweep.run();
    this.#closeIfIdle();
  }

  /** Joins the presence topic, so that nothing about those who are added is missed. Rejects with what the backbone says. */
  open(): Promise<void> {
    return this.#roster.open();
  }

  newMessageId(): string {
    return this.#options.messages.newId();
  }

  /** Stores what the session shows, or with `null` that it has left. */
  publish({ key }: Present, payload: JsonValue, messageId: string): Promise<PublishResult> {
    return this.#store(key, payload, messageId);
  }

  /** This gateway has changed who is present. */
  changed(): void {
    this.#occupancy.announce();
  }

  /** Stops listening, whoever is present. */
  close(): void {
    this.#roster.close();
  }

  async #store(key: string, payload: JsonValue, messageId: string, expectSeqNo?: number): Promise<PublishResult> {
    const topic = this.#presenceTopic;
    const sizeBytes = entrySizeOf({ key, payload });
    // Each session has its own share of the dedup window, so none can use up the others'.
    const publisher = notAName(key);
    const request = { topic, publisher, messageId, key, payload, sizeBytes, expectSeqNo };
    const result = await this.#options.backbone.publish(request);
    this.#roster.expect(result.position);
    return result;
  }

  #hear(entry: Entry): void {
    const { key, messageId } = entry;
    // Everybody who hears of it announces it: whoever has swept may have ended as well.
    if (isSweep(messageId)) this.#occupancy.announce();
    else this.#options.signs.heardOf(gatewayOf(messageId));
    if (key !== undefined) this.#present.get(key)?.onStored(this.#storedIn(entry));
  }

  #compare({ head, entries }: TopicSnapshot): void {
    this.#knownSince = this.#options.signs.timeMs;
    const found = new Set<Present>();
    for (const entry of entries) {
      const present = this.#present.get(entry.key ?? '');
      if (present === undefined) continue;
      found.add(present);
      present.onStored(this.#storedIn(entry));
    }
    for (const present of [...this.#present.values()]) if (!found.has(present)) present.onMissing(head);
  }

  #storedIn({ epoch, seqNo, messageId, payload }: Entry): Stored {
    return {
      position: { epoch, seqNo, messageId },
      isOurs: this.#options.messages.has(messageId),
      isPresent: payload !== null,
    };
  }

  #closeIfIdle(): void {
    if (this.#present.size > 0 || this.#watchers > 0 || this.#occupancy.isBusy || this.#sweep.isBusy) return;
    this.#roster.close();
    this.#options.onIdle(this);
  }
}
