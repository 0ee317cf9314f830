/**
 * The members of a sub-socket that must get identical bytes: same kind of frames, same part of each turn, same rate.
 *
 * Only members that keep up stand in the live set. They all stand at the same place, so one buffer serves them all; who
 * falls behind leaves the set, at no cost to the others. Joining and leaving are O(1): a member knows its own place.
 */

import type { Entry } from '@micro-socket/backbone';
import type { HealthFrame, SubscriptionMode } from '@micro-socket/protocol';
import type { FrameKind } from './frame-kind.ts';
import type { Outlet } from './outlet.ts';
import type { Pace } from './pace.ts';

/** What members get of the messages of a turn: all, the newest one, or the newest one of each key. */
export type Portion = 'all' | 'newest' | 'newest-by-key';

/** The portion that a mode stands for. `volatile` differs from `stream` only in what happens to slow readers. */
export function portionOf(mode: SubscriptionMode): Portion {
  if (mode === 'latest') return 'newest';
  return mode === 'keyed' ? 'newest-by-key' : 'all';
}

/** Who holds a member, and hears what becomes of it. */
export interface MemberOwner {
  readonly outlet: Outlet;
  /** The member left the live set; `SubSocket.serve` is to be called when the outlet has room again. */
  onParked(): void;
  /** There may be something new for a member that is served by itself. */
  onNews(): void;
  /** The topic has begun another history, or messages are missing; the member gets nothing more. */
  onOver(reason: 'epoch' | 'failed'): void;
  /** The topic has ended; the member gets nothing more once it has been served everything. */
  onClosed(): void;
}

/** One subscription: a place in a sub-socket's ring, never a queue of its own. */
export interface Member {
  readonly owner: MemberOwner;
  cohort: Cohort;
  /** Misses what comes while its outlet is full, once it has been live. */
  misses: boolean;
  /** Is never live, because it is given only as much as it has confirmed. */
  readonly windowed: boolean;
  /** The last seqNo that it was given, or after which it joined. Meaningless while it is live. */
  lastSeqNo: number;
  /** What it was told of the topic's health last; `ok` where it was told nothing. */
  toldHealth: HealthFrame['state'];
  /** Its place in the cohort's live set, or -1. */
  livePlace: number;
}

export class Cohort {
  readonly kind: FrameKind;
  readonly portion: Portion;
  readonly tierHz: number | undefined;
  readonly live: Member[] = [];
  /** Members of a paced cohort that wait for its next delivery to become live. */
  readonly late = new Set<Member>();
  /** What a paced cohort has not delivered yet: the newest entry, or the newest of each key, in order. */
  readonly waiting = new Map<string, Entry>();
  pace: Pace | undefined;

  constructor(kind: FrameKind, portion: Portion, tierHz: number | undefined) {
    this.kind = kind;
    this.portion = portion;
    this.tierHz = tierHz;
  }

  get isEmpty(): boolean {
    return this.live.length === 0 && this.late.size === 0;
  }

  add(member: Member): void {
    member.livePlace = this.live.length;
    this.live.push(member);
  }

  remove(member: Member): void {
    this.late.delete(member);
    if (member.livePlace !== -1) {
      const last = this.live.pop() as Member;
      if (last !== member) {
        this.live[member.livePlace] = last;
        last.livePlace = member.livePlace;
      }
      member.livePlace = -1;
    }
    if (this.isEmpty) this.#rest();
  }

  /** Keeps an entry for the next delivery in the place of the one that it makes old. */
  wait(entry: Entry): void {
    const key = this.portion === 'newest' ? '' : (entry.key ?? '');
    // Set anew, so that the map stays in the order of the log.
    this.waiting.delete(key);
    this.waiting.set(key, entry);
  }

  #rest(): void {
    this.waiting.clear();
    this.pace?.stop();
  }
}
