/**
 * Compares what came with what the gateway holds, by the rolling checksum of the topic (§5.7, I7).
 *
 * Theory of operation. `#sum` adds up every message since the subscription began. A checksum of the gateway is compared
 * as a difference between two places: those of two beacons (`subscribed` and `head`), or the two ends of what was asked
 * for from the past (`live`). A checksum may name a place that was not reached yet, because messages before it are being
 * fetched again; then it waits there. After a hole that nobody can fill, the sum means nothing until the next beacon.
 *
 * It finds accidents. Whoever means harm sends the checksum that fits; signatures are for that.
 */

import { addChecksum, type JsonValue, type MessageFrame, type SubscribedFrame } from '@micro-socket/protocol';

/** `ok`: everything up to here is what the gateway holds. */
export type ChecksumVerdict = 'ok' | 'mismatch' | 'unknown';

interface Beacon {
  readonly checksum: number;
  /** The own sum at the same place. */
  readonly sum: number;
}

interface Claim {
  readonly seqNo: number;
  readonly checksum: number;
}

/** A part of the past that was asked for. */
interface Section {
  readonly sumBefore: number;
  readonly toSeqNo: number;
  sumAfter: number | undefined;
}

export class ChecksumWatch {
  #lastSeqNo: number;
  #sum = 0;
  /** Where the checksum of `subscribed` stands. */
  #start: Claim | undefined;
  #beacon: Beacon | undefined;
  #head: Claim | undefined;
  #live: Claim | undefined;
  #replay: Section | undefined;
  #holeSinceStart = false;

  constructor({ seqNo, headSeqNo, checksum }: SubscribedFrame) {
    this.#lastSeqNo = seqNo;
    if (checksum === undefined) return;
    if (headSeqNo === seqNo) this.#beacon = { checksum, sum: 0 };
    else this.#start = { seqNo: headSeqNo, checksum };
  }

  /** The next message of the chain. */
  add(message: MessageFrame): ChecksumVerdict {
    const { seqNo, prevSeqNo, messageId, key, ref } = message;
    this.#sum = addChecksum(this.#sum, { seqNo, prevSeqNo, messageId, key, ref, data: message.data as JsonValue });
    this.#lastSeqNo = seqNo;
    if (this.#replay?.toSeqNo === seqNo) this.#replay.sumAfter = this.#sum;
    if (this.#start?.seqNo === seqNo) this.#beacon = { checksum: this.#start.checksum, sum: this.#sum };
    const live = this.#live?.seqNo === seqNo ? this.#compareLive(this.#live) : 'unknown';
    const head = this.#head?.seqNo === seqNo ? this.#compareHead(this.#head) : 'unknown';
    return live === 'mismatch' || head === 'unknown' ? live : head;
  }

  /** Messages are missing for good; the next one of the chain follows after them. */
  skip(): void {
    this.#holeSinceStart = true;
    this.#start = undefined;
    this.#beacon = undefined;
    this.#replay = undefined;
  }

  atHead(seqNo: number, checksum: number): ChecksumVerdict {
    if (seqNo === this.#lastSeqNo) return this.#compareHead({ seqNo, checksum });
    if (seqNo > this.#lastSeqNo) this.#head = { seqNo, checksum };
    return 'unknown';
  }

  atLive(seqNo: number, checksum: number): ChecksumVerdict {
    if (seqNo === this.#lastSeqNo) return this.#compareLive({ seqNo, checksum });
    if (seqNo > this.#lastSeqNo) this.#live = { seqNo, checksum };
    return 'unknown';
  }

  /** A replay from the last message on begins. */
  replayBegins(toSeqNo: number): void {
    this.#replay = { sumBefore: this.#sum, toSeqNo, sumAfter: undefined };
  }

  /** A replay has ended with `live`. Where it did not end where it was asked to, the next beacon tells. */
  replayEnds(seqNo: number, checksum: number): ChecksumVerdict {
    const replay = this.#replay;
    this.#replay = undefined;
    if (replay?.sumAfter === undefined || replay.toSeqNo !== seqNo) return 'unknown';
    // A replay may begin behind a beacon, so it proves its own messages only.
    return difference(replay.sumAfter, replay.sumBefore) === checksum ? 'unknown' : 'mismatch';
  }

  #compareHead({ checksum }: Claim): ChecksumVerdict {
    const since = this.#beacon;
    this.#head = undefined;
    this.#beacon = { checksum, sum: this.#sum };
    if (since === undefined) return 'unknown';
    return difference(checksum, since.checksum) === difference(this.#sum, since.sum) ? 'ok' : 'mismatch';
  }

  #compareLive({ checksum }: Claim): ChecksumVerdict {
    this.#live = undefined;
    if (this.#holeSinceStart) return 'unknown';
    return this.#sum === checksum ? 'ok' : 'mismatch';
  }
}

function difference(later: number, earlier: number): number {
  return (later - earlier) >>> 0;
}
