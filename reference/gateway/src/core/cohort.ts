/**
 * The members of a sub-socket that must get identical bytes: same encoding, same wire.
 *
 * Only members that keep up stand in the live set. They all have the same cursor, so one buffer serves them all; who
 * falls behind leaves the set, at no cost to the others. Joining and leaving are O(1): a member knows its own place.
 */

import type { Codec } from '@micro-socket/protocol';
import type { Wire } from '@micro-socket/transport';
import type { Outlet } from './outlet.ts';

/** Who holds a member, and hears when it cannot keep up. */
export interface MemberOwner {
  readonly outlet: Outlet;
  /** The member left the live set; `SubSocket.catchUp` is to be called when the outlet has room again. */
  onParked(): void;
}

/** One subscription: a cursor into a sub-socket's ring, never a queue of its own. */
export interface Member {
  readonly owner: MemberOwner;
  readonly cohort: Cohort;
  /** Ordinal of the next message that it needs. Meaningless while it is live: then it is the sub-socket's own. */
  cursor: number;
  /** The last seqNo that it was given, or the head at which it joined. Kept while it is not live. */
  lastSeqNo: number;
  /** Its place in the cohort's live set, or -1. */
  livePlace: number;
}

export class Cohort {
  /** Its number inside the sub-socket; frames in the ring are kept by it. */
  readonly index: number;
  readonly codec: Codec;
  readonly wire: Wire;
  readonly live: Member[] = [];

  constructor(index: number, codec: Codec, wire: Wire) {
    this.index = index;
    this.codec = codec;
    this.wire = wire;
  }

  serves(codec: Codec, wire: Wire): boolean {
    return this.codec === codec && this.wire === wire;
  }

  add(member: Member): void {
    member.livePlace = this.live.length;
    this.live.push(member);
  }

  remove(member: Member): void {
    if (member.livePlace === -1) return;
    const last = this.live.pop() as Member;
    if (last !== member) {
      this.live[member.livePlace] = last;
      last.livePlace = member.livePlace;
    }
    member.livePlace = -1;
  }
}
