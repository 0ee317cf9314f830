/**
 * The message ids of the last `dedupWindowMs`, over all topics (I2).
 *
 * Ids leave in the order in which they came, each at its own time, so a busy publisher cannot keep old ids alive. When
 * the window is full, new messages are refused rather than an id forgotten too early: a weaker promise would be silent.
 * No publisher can fill the window alone, because each has a bound of its own below that of all.
 *
 * An id counts as forgotten from the moment at which it expires; its memory is given back a little later, a few ids with
 * each publish, or all that is needed when a bound is reached. A million ids that came in one burst also expire in one,
 * and no publish should have to wait for all of them.
 */

import type { Limits, Position } from '@micro-socket/protocol';
import type { PublishRequest } from '../contract.ts';
import { Fifo } from './fifo.ts';
import { fingerprintOf } from './fingerprint.ts';
import { overloaded } from './overloaded.ts';

/** Ids that one publish gives the memory back of: more than it can add, so that expired ones become fewer. */
const FORGOTTEN_PER_PUBLISH = 4;

interface Remembered {
  readonly idKey: string;
  readonly publisher: string;
  readonly position: Position;
  readonly fingerprint: number;
  readonly expiresAt: number;
}

/** What makes two publishes one. */
export type MessageIdentity = Pick<PublishRequest, 'topic' | 'publisher' | 'messageId'>;

type DedupLimits = Pick<Limits, 'dedupWindowMs' | 'dedupEntriesMax' | 'dedupEntriesPerPublisherMax'>;

export class DedupWindow {
  readonly #limits: DedupLimits;
  readonly #ids = new Map<string, Remembered>();
  /** In the order in which they came, which is the order of expiry, because every id lives equally long. */
  readonly #order = new Fifo<Remembered>();
  /** The same for each publisher that has any. */
  readonly #orderOf = new Map<string, Fifo<Remembered>>();

  constructor(limits: DedupLimits) {
    this.#limits = limits;
  }

  /** Ids that take room, expired ones that have not been cleared away included. */
  get size(): number {
    return this.#order.length;
  }

  /** Publishers that any of these ids belong to. */
  get publisherCount(): number {
    return this.#orderOf.size;
  }

  // #region find
  /** The first publish of this id, and whether its content was the same. `now` is in milliseconds since 1970. */
  find(request: PublishRequest, now: number): { position: Position; sameContent: boolean } | undefined {
    const found = this.#ids.get(idKeyOf(request));
    if (found === undefined || found.expiresAt <= now) return undefined;
    return { position: found.position, sameContent: found.fingerprint === fingerprintOf(request) };
  }
  // #endregion find

  /** Throws OVERLOADED when one more id of this publisher, or of anybody, is too many. */
  requireRoom(publisher: string, now: number): void {
    const { dedupEntriesPerPublisherMax, dedupEntriesMax } = this.#limits;
    const own = this.#orderOf.get(publisher);
    if (own !== undefined) this.#requireRoomIn(own, dedupEntriesPerPublisherMax, 'dedupEntriesPerPublisherMax', now);
    this.#requireRoomIn(this.#order, dedupEntriesMax, 'dedupEntriesMax', now);
  }

  /** Remembers an id whose message has been stored, and gives the fingerprint that it keeps of its content. */
  commit(request: PublishRequest, position: Position, now: number): number {
    for (let cleared = 0; cleared < FORGOTTEN_PER_PUBLISH && this.#forgetExpired(now); cleared++);
    const fingerprint = fingerprintOf(request);
    this.restore(request, position, fingerprint, now);
    return fingerprint;
  }

  /** Remembers an id again that was remembered at `time` by a window before this one. The oldest must come first. */
  restore(id: MessageIdentity, position: Position, fingerprint: number, time: number): void {
    const { publisher } = id;
    const idKey = idKeyOf(id);
    const remembered = { idKey, publisher, position, fingerprint, expiresAt: time + this.#limits.dedupWindowMs };
    this.#ids.set(idKey, remembered);
    this.#order.push(remembered);
    const own = this.#orderOf.get(publisher) ?? new Fifo<Remembered>();
    own.push(remembered);
    this.#orderOf.set(publisher, own);
  }

  /** Forgets the newest ids, whose messages could not be stored after all. */
  takeBack(count: number): void {
    for (let left = count; left > 0; left--) {
      const newest = this.#order.pop();
      if (newest === undefined) return;
      if (this.#ids.get(newest.idKey) === newest) this.#ids.delete(newest.idKey);
      const own = this.#orderOf.get(newest.publisher);
      own?.pop();
      if (own?.length === 0) this.#orderOf.delete(newest.publisher);
    }
  }

  #requireRoomIn(order: Fifo<Remembered>, entriesMax: number, bound: string, now: number): void {
    while (order.length >= entriesMax && this.#forgetExpired(now));
    if (order.length < entriesMax) return;
    const leavesAt = order.oldest?.expiresAt ?? now;
    throw overloaded(bound, Math.max(1, Math.ceil(leavesAt - now)));
  }

  /** Clears away the oldest id if it has expired, and says whether it had. */
  #forgetExpired(now: number): boolean {
    const { oldest } = this.#order;
    if (oldest === undefined || oldest.expiresAt > now) return false;
    this.#order.shift();
    // The id may have been published anew since it expired.
    if (this.#ids.get(oldest.idKey) === oldest) this.#ids.delete(oldest.idKey);
    // The oldest of all is also the oldest of its publisher.
    const own = this.#orderOf.get(oldest.publisher);
    own?.shift();
    if (own?.length === 0) this.#orderOf.delete(oldest.publisher);
    return true;
  }
}

/** No part can hold a line feed: topics and ids are printable, and publishers are names without control characters. */
function idKeyOf({ topic, publisher, messageId }: MessageIdentity): string {
  return `${topic}\n${messageId}\n${publisher}`;
}
