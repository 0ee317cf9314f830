/**
 * A sub-socket: the subscription group of one topic inside one gateway.
 *
 * Theory of operation. The backbone hands in entries one by one; they go into the ring and nothing else happens. At the
 * end of the event-loop turn `flush` encodes what is new, once for each kind of frames that has live members, joins it
 * into one buffer for each cohort, and writes that buffer once to each live member. So a turn costs
 * kinds × encode + members × write, however many messages it brought.
 *
 * A member whose outlet is full is parked: it leaves the live set and keeps the seqNo that it was given last. When its
 * outlet has room again `serve` gives it what the ring has after that seqNo, until it stands where everybody stands, and
 * it is live again. If the ring has moved past its place, the caller is told to serve it from the history (I4).
 *
 * Cohorts with a rate are paced: what comes between two deliveries waits in the cohort, each message in the place of
 * the one that it makes old.
 *
 * When the topic itself has ended, nobody can join, and each member ends as soon as it has been given everything.
 *
 * What this is not: it does no access control, knows no session and no network, and keeps no history beyond its ring.
 */

import type { Entry, SourceHealth } from '@micro-socket/backbone';
import { addChecksum, type HealthFrame, type Limits, type Position } from '@micro-socket/protocol';
import { type Clock, joinFrames } from '@micro-socket/transport';
import { Announcement } from './announcement.ts';
import { Cohort, type Member, type MemberOwner, type Portion, portionOf } from './cohort.ts';
import { type FrameKind, messageFrame } from './frame-kind.ts';
import type { LatencyTransition } from './latency.ts';
import { Pace } from './pace.ts';
import { Ring } from './ring.ts';
import type { Counters } from './stats.ts';
import type { SubscriptionPlan } from './subscription-plan.ts';
import { TopicHealth } from './topic-health.ts';

/** Where `serve` has left a member. */
export type Standing =
  /** It has everything and gets what is new. */
  | 'live'
  /** Its outlet is full. */
  | 'full'
  /** It has been given as many messages as it may have. */
  | 'no-room'
  /** What it needs next is not in the ring. */
  | 'needs-history';

export interface SubSocketOptions {
  readonly topic: string;
  /** Stands for the topic in MessagePack; the same for every connection of the gateway and never reused. */
  readonly alias: number;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly counters: Counters;
  /** How many messages its ring keeps. */
  readonly ringLengthMax: number;
  /** Called when the first message of a turn has come: `flush` is to be called at the end of the turn. */
  readonly onDirty: (subSocket: SubSocket) => void;
  /** Hears how long each message took from its storing to this gateway's subscribers. */
  readonly onLag: (subSocket: SubSocket, lagMs: number) => void;
  /** It cannot go on: nobody else can join, and those that are here are sent away. */
  readonly onOver: (subSocket: SubSocket) => void;
}

interface Batch {
  readonly frames: Uint8Array;
  /** How many messages it holds. */
  readonly count: number;
  /** Whoever was given this batch has everything before this ordinal. */
  readonly next: number;
}

export class SubSocket {
  readonly topic: string;
  readonly alias: number;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #counters: Counters;
  readonly #onDirty: (subSocket: SubSocket) => void;
  readonly #onLag: (subSocket: SubSocket, lagMs: number) => void;
  readonly #onOver: (subSocket: SubSocket) => void;
  readonly #ringLengthMax: number;
  readonly #ring: Ring;
  readonly #kinds: FrameKind[] = [];
  readonly #cohorts: Cohort[] = [];
  readonly #members = new Set<Member>();
  /** Members that are told of news and then served one by one: those with a window, and those ahead of the ring. */
  readonly #individual = new Set<Member>();
  /** Every live member has everything before this ordinal. */
  #flushed = 0;
  /** Where the topic stood before the first message of the ring. */
  #base: Position | undefined;
  #head: Position | undefined;
  readonly #health = new TopicHealth();
  /** What was said of the topic's health last. */
  #healthSaid: Announcement<HealthFrame> | undefined;
  /** Sum of what messages add to it since somebody first asked for it (§5.7). */
  #checksum: number | undefined;
  #isOver = false;
  #closedBecause: string | undefined;

  constructor({ topic, alias, clock, limits, counters, ringLengthMax, onDirty, onLag, onOver }: SubSocketOptions) {
    this.topic = topic;
    this.alias = alias;
    this.#clock = clock;
    this.#limits = limits;
    this.#counters = counters;
    this.#onDirty = onDirty;
    this.#onLag = onLag;
    this.#onOver = onOver;
    this.#ringLengthMax = ringLengthMax;
    this.#ring = new Ring(ringLengthMax, limits.ringBytesMax);
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

  /** Where the topic stands. Known once the sub-socket is open. */
  get head(): Position {
    return this.#head as Position;
  }

  /** The seqNo at which the topic stands; 0 while the sub-socket is opening. */
  get headSeqNo(): number {
    return this.#head?.seqNo ?? 0;
  }

  /** The checksum at `head`; counted from the first time that it is asked for. */
  get checksum(): number {
    this.#checksum ??= 0;
    return this.#checksum;
  }

  /** The checksum at the head, or at `seqNo` where that is further on: then `ahead` holds the messages up to it. */
  checksumAt(seqNo: number, ahead: readonly Entry[]): number {
    const { seqNo: headSeqNo } = this.head;
    const missing = ahead.filter((entry) => entry.seqNo > headSeqNo && entry.seqNo <= seqNo);
    return missing.reduce(checksumWith, this.checksum);
  }

  /** True when the topic has begun another history, or the backbone has left out a part of it, or the topic has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why the topic has ended; `undefined` where it has not. */
  get closedBecause(): string | undefined {
    return this.#closedBecause;
  }

  /** How many members it has, whether they keep up or not. */
  get size(): number {
    return this.#members.size;
  }

  /** Takes the next entry of the topic, in the backbone's order. */
  append(entry: Entry): void {
    if (this.#isOver) return;
    if (this.#head !== undefined && entry.epoch !== this.#head.epoch) {
      this.endEpoch();
      return;
    }
    // A backbone that has left out messages has broken its promise. Nobody here could mend that for everybody, so all
    // begin again where they are, each with what the history still has for it.
    if (this.#head !== undefined && entry.prevSeqNo > this.#head.seqNo) {
      this.#end('failed');
      return;
    }
    const firstOfTurn = this.#flushed === this.#ring.head;
    // Frames of a turn must still be in the ring when it is flushed, so a turn longer than the ring flushes early.
    if (this.#ring.head - this.#flushed === this.#ringLengthMax) this.flush();
    this.#ring.push(entry);
    this.#head = { epoch: entry.epoch, seqNo: entry.seqNo, messageId: entry.messageId };
    if (this.#checksum !== undefined) this.#checksum = checksumWith(this.#checksum, entry);
    if (firstOfTurn) this.#onDirty(this);
  }

  // #region join
  /**
   * Where somebody begins who asked when the next message was `ordinal`: before that message, or now, where the ring
   * has moved on since.
   */
  positionAt(ordinal: number): Position {
    const { tail, head } = this.#ring;
    if (ordinal === 0 && tail === 0) return this.#base as Position;
    if (ordinal <= tail || ordinal >= head) return this.head;
    const { epoch, seqNo, messageId } = this.#ring.entryAt(ordinal - 1);
    return { epoch, seqNo, messageId };
  }

  /** Adds a member that has everything up to `seqNo`. It is given nothing before it is served. */
  join(owner: MemberOwner, plan: SubscriptionPlan, seqNo: number): Member {
    const member: Member = {
      owner,
      cohort: this.#cohortOf(owner, portionOf(plan.mode), plan.tierHz),
      misses: false,
      windowed: plan.confirmWindow !== undefined,
      lastSeqNo: seqNo,
      toldHealth: 'ok',
      livePlace: -1,
    };
    this.#members.add(member);
    return member;
  }
  // #endregion join

  /** Whether the member is given what is new without being served. */
  isLive(member: Member): boolean {
    return member.livePlace !== -1 || member.cohort.late.has(member);
  }

  leave(member: Member): void {
    member.cohort.remove(member);
    this.#individual.delete(member);
    this.#members.delete(member);
  }

  /** Moves a member to another rate. It is served again as if it had been parked. */
  changeRate(member: Member, tierHz: number | undefined): void {
    this.flush();
    if (member.livePlace !== -1) this.#parkAfter(member, this.#liveSeqNo(member.cohort));
    member.cohort.remove(member);
    member.cohort = this.#cohortOf(member.owner, member.cohort.portion, tierHz);
    member.owner.onParked();
  }

  // #region flush
  /** Sends what is new to every live member: one encoding per kind of frames, one write per member. */
  flush(): void {
    const from = this.#flushed;
    const to = this.#ring.head;
    if (from === to) return;
    this.#flushed = to;
    this.#measure(from, to);
    for (const cohort of this.#cohorts) {
      if (cohort.isEmpty) continue;
      if (cohort.pace === undefined) this.#writeToLive(cohort, from, to);
      else this.#keepWaiting(cohort, from, to);
    }
    this.#ring.trim(this.#flushed);
    for (const member of [...this.#individual]) member.owner.onNews();
  }

  #writeToLive(cohort: Cohort, from: number, to: number): void {
    let at = from;
    for (const { frames, count, next } of this.#batches(cohort, from, to)) {
      if (cohort.live.length === 0) return;
      this.#counters.delivered += cohort.live.length * count;
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

  // #region serve
  /**
   * Gives a member that is not live what the ring has for it, at most `room` messages. `onSent` hears of each.
   * A member of a paced cohort becomes live at the cohort's next delivery.
   */
  serve(member: Member, room = Number.POSITIVE_INFINITY, onSent?: (entry: Entry) => void): Standing {
    this.flush();
    this.#individual.delete(member);
    const { pace } = member.cohort;
    // A topic that has ended has no next delivery.
    if (pace !== undefined && this.#closedBecause === undefined && this.#ordinalFor(member) !== undefined) {
      member.cohort.late.add(member);
      if (member.lastSeqNo < this.head.seqNo || member.toldHealth !== this.#healthNow.state) pace.request();
      return 'live';
    }
    return this.#serveNow(member, room, onSent);
  }

  #serveNow(member: Member, room: number, onSent?: (entry: Entry) => void): Standing {
    const { outlet } = member.owner;
    let left = room;
    for (;;) {
      const at = this.#ordinalFor(member);
      if (at !== undefined && at >= this.#flushed) break;
      if (left === 0) return 'no-room';
      if (at === undefined) return 'needs-history';
      if (outlet.full) return 'full';
      const batch = this.#batches(member.cohort, at, this.#flushed, left, onSent).next().value as Batch;
      this.#counters.delivered += batch.count;
      outlet.write(batch.frames);
      member.lastSeqNo = this.#seqNoBefore(batch.next);
      left -= batch.count;
    }
    this.#ring.trim(this.#flushed);
    this.#tellHealth(member);
    if (member.windowed || member.lastSeqNo > this.head.seqNo) this.#individual.add(member);
    else member.cohort.add(member);
    return 'live';
  }

  /** The ordinal of what a member needs next, as its mode has it; `undefined` when that is no longer in the ring. */
  #ordinalFor(member: Member): number | undefined {
    const { seqNo } = this.head;
    if (member.lastSeqNo >= seqNo || member.misses) return this.#flushed;
    const ordinal = this.#ring.ordinalAfter(member.lastSeqNo);
    if (ordinal === undefined && member.cohort.portion === 'newest' && this.#flushed > this.#ring.tail) {
      return this.#flushed - 1;
    }
    return ordinal;
  }
  // #endregion serve

  /** Sends `head` (§5.7) to members that have everything, after what it covers. The others learn it from the messages. */
  announceHead(): void {
    // A backbone that takes its time has not said yet where the topic stands.
    if (this.#head === undefined) return;
    this.flush();
    const { epoch, seqNo } = this.#head;
    const checksum = this.#checksum === undefined ? {} : { checksum: this.#checksum };
    this.#announce(new Announcement({ type: 'head', epoch, seqNo, ...checksum }, this.#name), () => true);
  }

  /** The topic has become late, or is so no more: tells it, unless its source is silent. */
  latencyIs(latency: LatencyTransition): void {
    if (this.#health.latencyIs(latency)) this.#announceHealth();
  }

  /** The source of the topic has fallen silent, or is heard again: tells it after what came before. */
  sourceIs(source: SourceHealth): void {
    if (this.#isOver || !this.#health.sourceIs(source)) return;
    this.flush();
    this.#announceHealth();
  }

  /** Sends `health` (§5.8) to members that have everything, and to each of the others when it has caught up. */
  #announceHealth(): void {
    const { state } = this.#healthNow;
    if (state !== 'ok') this.#counters[state] += 1;
    this.#announce(this.#healthAnnouncement(), (member) => hearsOf(member, state));
    for (const { late, pace } of this.#cohorts) if (late.size > 0) pace?.request();
  }

  get #healthNow() {
    return this.#health.at(this.#clock.now());
  }

  /** Made anew for each moment of a silence, because it says how long that has lasted. */
  #healthAnnouncement(): Announcement<HealthFrame> {
    const { state, lagMs } = this.#healthNow;
    const said = this.#healthSaid;
    if (said?.frame.state === state && said.frame.lagMs === lagMs) return said;
    this.#healthSaid = new Announcement<HealthFrame>({ type: 'health', state, lagMs }, this.#name);
    return this.#healthSaid;
  }

  /** Writes to members that have everything and for which `isFor` holds. */
  #announce(announcement: Announcement, isFor: (member: Member) => boolean): void {
    for (const cohort of this.#cohorts) {
      for (let place = cohort.live.length - 1; place >= 0; place--) {
        const member = cohort.live[place] as Member;
        const { outlet } = member.owner;
        const isTold = !outlet.full && (!isFor(member) || outlet.write(announcement.bytesIn(cohort.kind)));
        if (!isTold) this.#parkAfter(member, this.#liveSeqNo(cohort));
      }
    }
    // Whoever is served by itself and has everything waits among the individual ones.
    for (const member of this.#individual) {
      const { owner, cohort, lastSeqNo } = member;
      if (lastSeqNo !== this.head.seqNo || owner.outlet.full || !isFor(member)) continue;
      owner.outlet.write(announcement.bytesIn(cohort.kind));
    }
  }

  /** A member that has caught up hears what was said of the topic's health meanwhile. */
  #tellHealth(member: Member): void {
    if (!hearsOf(member, this.#healthNow.state)) return;
    member.owner.outlet.write(this.#healthAnnouncement().bytesIn(member.cohort.kind));
  }

  /** The kind of frames that an owner's outlet takes. */
  kindOf({ outlet }: MemberOwner): FrameKind {
    const { codec, wire } = outlet;
    const known = this.#kinds.find((kind) => kind.codec === codec && kind.wire === wire);
    if (known !== undefined) return known;
    const kind = { index: this.#kinds.length, codec, wire };
    this.#kinds.push(kind);
    return kind;
  }

  get #name() {
    return { topic: this.topic, alias: this.alias };
  }

  /** Joins what a cohort gets of the messages from `from` to `to`, into buffers of about `batchBytesMax`. */
  *#batches(
    { kind, portion }: Cohort,
    from: number,
    to: number,
    countMax = Number.POSITIVE_INFINITY,
    onSent?: (entry: Entry) => void,
  ): Generator<Batch> {
    const ordinals = this.#ordinals(portion, from, to);
    let frames: Uint8Array[] = [];
    let bytes = 0;
    for (let place = 0; place < ordinals.length; place++) {
      const ordinal = ordinals.at(place);
      const frame = this.#ring.frameAt(ordinal, kind.index, (entry) => messageFrame(kind, this.#name, entry));
      frames.push(frame);
      bytes += frame.length;
      onSent?.(this.#ring.entryAt(ordinal));
      const isLast = place === ordinals.length - 1;
      if (!isLast && bytes < this.#limits.batchBytesMax && frames.length < countMax) continue;
      yield { frames: joinFrames(frames, bytes), count: frames.length, next: isLast ? to : ordinal + 1 };
      frames = [];
      bytes = 0;
    }
  }

  /** Which of the messages from `from` to `to` a portion is, in order. */
  #ordinals(portion: Portion, from: number, to: number): { length: number; at(place: number): number } {
    if (portion === 'all') return { length: to - from, at: (place) => from + place };
    if (portion === 'newest') return { length: 1, at: () => to - 1 };
    const newest = new Map<string, number>();
    for (let ordinal = from; ordinal < to; ordinal++) {
      const key = this.#ring.entryAt(ordinal).key ?? '';
      newest.delete(key);
      newest.set(key, ordinal);
    }
    const chosen = [...newest.values()];
    return { length: chosen.length, at: (place) => chosen[place] as number };
  }

  #keepWaiting(cohort: Cohort, from: number, to: number): void {
    const first = cohort.portion === 'newest' ? to - 1 : from;
    for (let ordinal = first; ordinal < to; ordinal++) cohort.wait(this.#ring.entryAt(ordinal));
    cohort.pace?.request();
  }

  /** The delivery of a paced cohort. */
  #deliver(cohort: Cohort): void {
    this.flush();
    const entries = [...cohort.waiting.values()];
    cohort.waiting.clear();
    if (entries.length > 0 && cohort.live.length > 0) this.#writeWaiting(cohort, entries);
    for (const member of [...cohort.late]) {
      cohort.late.delete(member);
      if (this.#serveNow(member, Number.POSITIVE_INFINITY) !== 'live') member.owner.onParked();
    }
  }

  #writeWaiting(cohort: Cohort, entries: readonly Entry[]): void {
    const frames = entries.map((entry) => messageFrame(cohort.kind, this.#name, entry));
    const bytes = joinFrames(
      frames,
      frames.reduce((sum, frame) => sum + frame.length, 0),
    );
    const lastBefore = (entries[0] as Entry).prevSeqNo;
    this.#counters.delivered += cohort.live.length * frames.length;
    for (let place = cohort.live.length - 1; place >= 0; place--) {
      const member = cohort.live[place] as Member;
      const { outlet } = member.owner;
      if (outlet.full) this.#parkAfter(member, lastBefore);
      else if (!outlet.write(bytes)) this.#park(member, this.#flushed);
    }
  }

  /** The seqNo that all live members of a cohort have: before what a paced one has not delivered yet. */
  #liveSeqNo({ waiting }: Cohort): number {
    const [first] = waiting.values();
    return first?.prevSeqNo ?? this.#seqNoBefore(this.#flushed);
  }

  #park(member: Member, ordinal: number): void {
    this.#parkAfter(member, this.#seqNoBefore(ordinal));
  }

  #parkAfter(member: Member, seqNo: number): void {
    member.cohort.remove(member);
    member.lastSeqNo = seqNo;
    member.owner.onParked();
  }

  /** The seqNo of the message before an ordinal that is still in the ring, or of the newest one. */
  #seqNoBefore(ordinal: number): number {
    return ordinal < this.#ring.head ? this.#ring.entryAt(ordinal).prevSeqNo : this.head.seqNo;
  }

  #measure(from: number, to: number): void {
    const now = this.#clock.now();
    for (let ordinal = from; ordinal < to; ordinal++) this.#onLag(this, now - this.#ring.entryAt(ordinal).time);
  }

  /** SeqNos of two histories cannot be compared, so everybody is sent away and comes back with its position. */
  endEpoch(): void {
    this.#end('epoch');
  }

  /** The backbone cannot tell any more what comes, so everybody begins again where they are. */
  fail(): void {
    this.#end('failed');
  }

  /**
   * The topic itself has ended: nothing comes any more, and whoever has everything is sent away. The others go on being
   * served until they have it, too.
   */
  conclude(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#closedBecause = why;
    this.#onOver(this);
    this.flush();
    for (const cohort of this.#cohorts) if (cohort.pace !== undefined) this.#deliver(cohort);
    for (const member of [...this.#members]) member.owner.onClosed();
  }

  #end(reason: 'epoch' | 'failed'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver(this);
    this.flush();
    for (const member of [...this.#members]) member.owner.onOver(reason);
  }

  #cohortOf(owner: MemberOwner, portion: Portion, tierHz: number | undefined): Cohort {
    const kind = this.kindOf(owner);
    const known = this.#cohorts.find(
      (cohort) => cohort.kind === kind && cohort.portion === portion && cohort.tierHz === tierHz,
    );
    if (known !== undefined) return known;
    const cohort = new Cohort(kind, portion, tierHz);
    if (tierHz !== undefined) cohort.pace = new Pace(this.#clock, tierHz, () => this.#deliver(cohort));
    this.#cohorts.push(cohort);
    return cohort;
  }
}

/** Whether the member is still to hear of it; from now on it counts as told. */
function hearsOf(member: Member, state: HealthFrame['state']): boolean {
  const isNew = member.toldHealth !== state;
  member.toldHealth = state;
  return isNew;
}

/** A checksum after one more message. */
export function checksumWith(sum: number, { seqNo, prevSeqNo, messageId, key, ref, payload }: Entry): number {
  return addChecksum(sum, { seqNo, prevSeqNo, messageId, key, ref, data: payload });
}
