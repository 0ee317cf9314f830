/**
 * A sub-socket: the subscription group of one topic inside one gateway.
 *
 * Theory of operation. The backbone hands in entries one by one; they go into the ring and nothing else happens. At the
 * end of the event-loop turn `flush` encodes what is new, once for each cohort that has live members, joins it into one
 * buffer, and writes that buffer once to each live member. So a turn costs cohorts × encode + members × write, however
 * many messages it brought.
 *
 * A member whose outlet is full is parked: it leaves the live set and keeps its cursor. When its outlet has room again
 * it is served from the ring (`catchUp`) until it reaches what everybody has, and is live again. If the ring has moved
 * past its cursor, the loss is reported to the caller, who tells the client (I4).
 *
 * What this is not: it does no access control, knows no session and no network, and keeps no history beyond its ring.
 */

import type { Entry } from '@micro-socket/backbone';
import type { Limits, Position } from '@micro-socket/protocol';
import { joinFrames } from '@micro-socket/transport';
import { Cohort, type Member, type MemberOwner } from './cohort.ts';
import { Ring } from './ring.ts';

/** What a member that fell out of the ring has missed. */
export interface Overrun {
  /** The last seqNo that the member was given; everything after it is missing. */
  readonly fromSeqNo: number;
  readonly toSeqNo: number;
}

export interface SubSocketOptions {
  readonly topic: string;
  /** Stands for the topic in MessagePack; the same for every connection of the gateway and never reused. */
  readonly alias: number;
  readonly limits: Limits;
  /** Called when the first message of a turn has come: `flush` is to be called at the end of the turn. */
  readonly onDirty: (subSocket: SubSocket) => void;
}

export class SubSocket {
  readonly topic: string;
  readonly alias: number;
  readonly #limits: Limits;
  readonly #onDirty: (subSocket: SubSocket) => void;
  readonly #ring: Ring;
  readonly #cohorts: Cohort[] = [];
  /** Every live member has everything before this ordinal. */
  #flushed = 0;
  /** Where the topic stood before the first message of the ring. */
  #base: Position | undefined;
  #head: Position | undefined;

  constructor({ topic, alias, limits, onDirty }: SubSocketOptions) {
    this.topic = topic;
    this.alias = alias;
    this.#limits = limits;
    this.#onDirty = onDirty;
    this.#ring = new Ring(limits.ringLengthMax, limits.ringBytesMax);
  }

  /** Takes the position that the backbone named at subscription, unless messages have already come since. */
  openAt(head: Position): void {
    this.#base ??= head;
    this.#head ??= head;
  }

  /** The ordinal that the next message will have. */
  get nextOrdinal(): number {
    return this.#ring.head;
  }

  /** Takes the next entry of the topic, in the backbone's order. */
  append(entry: Entry): void {
    const firstOfTurn = this.#flushed === this.#ring.head;
    // Frames of a turn must still be in the ring when it is flushed, so a turn longer than the ring flushes early.
    if (this.#ring.head - this.#flushed === this.#limits.ringLengthMax) this.flush();
    this.#ring.push(entry);
    this.#head = { epoch: entry.epoch, seqNo: entry.seqNo, messageId: entry.messageId };
    if (firstOfTurn) this.#onDirty(this);
  }

  // #region join
  /**
   * Adds a subscriber that asked when the next message was `ordinal`, or now, where the ring has moved on since. The
   * first message that it gets is the one after the returned position.
   */
  join(owner: MemberOwner, ordinal: number): { member: Member; position: Position } {
    // Whoever is already live gets what has come in this turn, so that all of them stand at one place.
    this.flush();
    const { tail } = this.#ring;
    const cursor = ordinal > tail || (ordinal === 0 && tail === 0) ? ordinal : this.#flushed;
    const position = this.#positionBefore(cursor);
    const cohort = this.#cohortOf(owner);
    const member: Member = { owner, cohort, cursor, lastSeqNo: position.seqNo, livePlace: -1 };
    // One that has something to catch up with is served when its owner has answered it.
    if (owner.outlet.full || cursor < this.#flushed) owner.onParked();
    else cohort.add(member);
    return { member, position };
  }
  // #endregion join

  leave(member: Member): void {
    member.cohort.remove(member);
  }

  // #region flush
  /** Sends what is new to every live member: one encoding per cohort, one write per member. */
  flush(): void {
    const from = this.#flushed;
    const to = this.#ring.head;
    if (from === to) return;
    this.#flushed = to;
    for (const cohort of this.#cohorts) {
      if (cohort.live.length > 0) this.#flushCohort(cohort, from, to);
    }
    this.#ring.trim(this.#flushed);
  }

  #flushCohort(cohort: Cohort, from: number, to: number): void {
    for (let at = from; at < to && cohort.live.length > 0; ) {
      const { frames, next } = this.#batch(cohort, at, to);
      // Backwards, because the last member takes the place of one that is parked.
      for (let place = cohort.live.length - 1; place >= 0; place--) {
        const member = cohort.live[place] as Member;
        const { outlet } = member.owner;
        if (outlet.full) this.#park(member, at);
        else if (!outlet.write(frames)) this.#park(member, next);
      }
      at = next;
    }
  }
  // #endregion flush

  /**
   * Serves a parked member from the ring until it is live again or its outlet is full. Returns what it has missed when
   * the ring has moved past its cursor; the member is then still parked, and the caller ends it.
   */
  catchUp(member: Member): Overrun | undefined {
    while (member.cursor < this.#flushed) {
      if (member.owner.outlet.full) return undefined;
      if (member.cursor < this.#ring.tail) return { fromSeqNo: member.lastSeqNo, toSeqNo: this.#headSeqNo() };
      const { frames, next } = this.#batch(member.cohort, member.cursor, this.#flushed);
      member.owner.outlet.write(frames);
      member.cursor = next;
      member.lastSeqNo = this.#seqNoBefore(next);
    }
    this.#ring.trim(this.#flushed);
    member.cohort.add(member);
    return undefined;
  }

  /** Joins finished frames from `from` on, at least one, until `to` or until they make a full batch. */
  #batch(cohort: Cohort, from: number, to: number): { frames: Uint8Array; next: number } {
    const frames: Uint8Array[] = [];
    let bytes = 0;
    let next = from;
    while (next < to && bytes < this.#limits.batchBytesMax) {
      const frame = this.#ring.frameAt(next, cohort.index, (entry) => this.#encode(cohort, entry));
      frames.push(frame);
      bytes += frame.length;
      next += 1;
    }
    return { frames: joinFrames(frames, bytes), next };
  }

  #encode(cohort: Cohort, entry: Entry): Uint8Array {
    const { seqNo, prevSeqNo, messageId, time, payload } = entry;
    return cohort.wire.frame(
      cohort.codec.encode({
        type: 'message',
        topic: this.topic,
        alias: this.alias,
        seqNo,
        prevSeqNo,
        messageId,
        time,
        data: payload,
      }),
    );
  }

  #park(member: Member, cursor: number): void {
    member.cohort.remove(member);
    member.cursor = cursor;
    member.lastSeqNo = this.#seqNoBefore(cursor);
    member.owner.onParked();
  }

  /** Where the topic stood before an ordinal: the first one ever, the next one, or one after the ring's oldest. */
  #positionBefore(ordinal: number): Position {
    if (ordinal === this.#ring.head) return this.#head as Position;
    if (ordinal === 0) return this.#base as Position;
    const { epoch, seqNo, messageId } = this.#ring.entryAt(ordinal - 1);
    return { epoch, seqNo, messageId };
  }

  /** The seqNo of the message before an ordinal that is still in the ring, or of the newest one. */
  #seqNoBefore(ordinal: number): number {
    return ordinal < this.#ring.head ? this.#ring.entryAt(ordinal).prevSeqNo : this.#headSeqNo();
  }

  #headSeqNo(): number {
    return this.#head?.seqNo ?? 0;
  }

  #cohortOf({ outlet }: MemberOwner): Cohort {
    const { codec, wire } = outlet;
    const known = this.#cohorts.find((cohort) => cohort.serves(codec, wire));
    if (known !== undefined) return known;
    const cohort = new Cohort(this.#cohorts.length, codec, wire);
    this.#cohorts.push(cohort);
    return cohort;
  }
}
