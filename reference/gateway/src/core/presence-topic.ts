/** One topic in which sessions of this gateway are present: what they share of it (§4.8). */

import { type Backbone, type Entry, entrySizeOf, type PublishResult, type TopicSnapshot } from '@micro-socket/backbone';
import type { JsonValue, Position } from '@micro-socket/protocol';
import { type Clock, type Random, randomId } from '@micro-socket/transport';
import { occupancyTopicOf, presenceTopicOf } from './derived-topics.ts';
import { Occupancy } from './occupancy.ts';
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
  readonly random: Random;
  readonly retries: Retries;
  readonly onInternalError: (error: unknown) => void;
  /** Nobody of this gateway is present any more, and that has been announced. */
  readonly onIdle: (topic: PresenceTopic) => void;
}

export class PresenceTopic {
  readonly topic: string;
  readonly #options: PresenceTopicOptions;
  readonly #presenceTopic: string;
  /** Begins every messageId that is made here, which is how this gateway knows its own messages. */
  readonly #origin: string;
  readonly #roster: Roster;
  readonly #occupancy: Occupancy;
  readonly #present = new Map<string, Present>();
  #messages = 0;

  /** Throws `ProtocolError` INVALID_FIELD for a topic that is too long to have presence. */
  constructor(topic: string, options: PresenceTopicOptions) {
    const { backbone, clock, random, retries, onInternalError } = options;
    this.topic = topic;
    this.#options = options;
    this.#presenceTopic = presenceTopicOf(topic);
    this.#origin = `${randomId(random, 16)}-`;
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
      publisher: notAName(this.#origin),
      newMessageId: () => this.newMessageId(),
      count: () => this.#roster.count(),
      retries,
      onInternalError,
      onDone: () => this.#closeIfIdle(),
    });
  }

  add(present: Present): void {
    this.#present.set(present.key, present);
  }

  remove(present: Present): void {
    this.#present.delete(present.key);
    this.#closeIfIdle();
  }

  /** Joins the presence topic, so that nothing about those who are added is missed. Rejects with what the backbone says. */
  open(): Promise<void> {
    return this.#roster.open();
  }

  newMessageId(): string {
    this.#messages += 1;
    return `${this.#origin}${this.#messages}`;
  }

  /** Stores what the session shows, or with `null` that it has left. */
  async publish({ key }: Present, payload: JsonValue, messageId: string): Promise<PublishResult> {
    const topic = this.#presenceTopic;
    const sizeBytes = entrySizeOf({ key, payload });
    // Each session has its own share of the dedup window, so none can use up the others'.
    const publisher = notAName(key);
    const result = await this.#options.backbone.publish({ topic, publisher, messageId, key, payload, sizeBytes });
    this.#roster.expect(result.position);
    return result;
  }

  /** This gateway has changed who is present. */
  changed(): void {
    this.#occupancy.announce();
  }

  /** Stops listening, whoever is present. */
  close(): void {
    this.#roster.close();
  }

  #hear(entry: Entry): void {
    if (entry.key !== undefined) this.#present.get(entry.key)?.onStored(this.#storedIn(entry));
  }

  #compare({ head, entries }: TopicSnapshot): void {
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
      isOurs: messageId.startsWith(this.#origin),
      isPresent: payload !== null,
    };
  }

  #closeIfIdle(): void {
    if (this.#present.size > 0 || this.#occupancy.isBusy) return;
    this.#roster.close();
    this.#options.onIdle(this);
  }
}

/** A publisher that no principal can be: the names of principals have no spaces. */
function notAName(name: string): string {
  return ` ${name}`;
}
