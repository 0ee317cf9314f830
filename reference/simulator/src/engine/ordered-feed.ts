/**
 * A chain without holes out of entries that come twice, too late, in any order, or not at all.
 *
 * Theory of operation. `#last` is the position up to which everything was heard. An entry that follows it is heard;
 * one from before is dropped; one from further ahead is kept aside, and what lies between is read. Every entry and every
 * answer names the life of the engine that it comes from. The first word of a new life proves nothing: before it is
 * trusted, the engine must still have the very message that was heard last. If it has not, and has not begun a new epoch
 * by itself, it has lost messages without noticing, and is asked to begin one: then everybody who listens is told.
 *
 * Bounds. At most `ASIDE_MAX` entries are kept aside; beyond, they are dropped and read again later.
 */

import type { Entry, EntryListener, ReadRange } from '@micro-socket/backbone';
import type { Position } from '@micro-socket/protocol';

const ASIDE_MAX = 128;
const READ_MAX = 64;

export interface OrderedFeedPorts {
  readonly hear: EntryListener;
  readonly read: (range: ReadRange) => Promise<{ result: readonly Entry[]; life: number }>;
  readonly head: () => Promise<{ result: Position; life: number }>;
  readonly anchor: (position: Position) => Promise<{ result: boolean; life: number }>;
  /** The engine of this life has lost what was heard, in the same epoch. */
  readonly onHistoryLost: (life: number) => void;
}

interface Aside {
  readonly entry: Entry;
  readonly life: number;
}

export class OrderedFeed {
  readonly #ports: OrderedFeedPorts;
  #last: Position | undefined;
  #life = 0;
  #newestLife = 0;
  /** The furthest seqNo that is known of the topic. */
  #headSeqNo = 0;
  #aside: Aside[] = [];
  #mending = false;
  #closed = false;

  constructor(ports: OrderedFeedPorts) {
    this.#ports = ports;
  }

  /** Where the topic stood when the engine took the subscription. */
  openAt(head: Position, life: number): void {
    this.#last = head;
    this.#life = life;
    this.#newestLife = Math.max(this.#newestLife, life);
    this.#mend();
  }

  take(entry: Entry, life: number): void {
    if (this.#closed || life < this.#life) return;
    this.#newestLife = Math.max(this.#newestLife, life);
    if (this.#last !== undefined && life === this.#life && this.#follows(entry)) {
      this.#hear(entry);
      if (this.#aside.length > 0) this.#mend();
      return;
    }
    if (this.#last?.epoch === entry.epoch && life === this.#life && entry.seqNo <= this.#last.seqNo) return;
    if (this.#aside.length < ASIDE_MAX) this.#aside.push({ entry, life });
    this.#mend();
  }

  /** The engine has said where the topic stands. */
  headIs(head: Position, life: number): void {
    if (this.#closed || this.#last === undefined || life < this.#life) return;
    this.#newestLife = Math.max(this.#newestLife, life);
    if (life === this.#life && head.epoch === this.#last.epoch) {
      this.#headSeqNo = Math.max(this.#headSeqNo, head.seqNo);
    }
    if (life > this.#life || head.epoch !== this.#last.epoch || head.seqNo > this.#last.seqNo) this.#mend();
  }

  close(): void {
    this.#closed = true;
    this.#aside = [];
  }

  #follows(entry: Entry): boolean {
    return entry.epoch === this.#last?.epoch && entry.prevSeqNo === this.#last.seqNo;
  }

  #hear(entry: Entry): void {
    this.#last = { epoch: entry.epoch, seqNo: entry.seqNo, messageId: entry.messageId };
    this.#headSeqNo = Math.max(this.#headSeqNo, entry.seqNo);
    this.#ports.hear(entry);
  }

  #mend(): void {
    if (this.#mending || this.#closed || this.#last === undefined) return;
    this.#mending = true;
    this.#mendAll()
      // An engine that does not answer is asked again with the next word of it.
      .catch(() => {})
      .then(() => {
        this.#mending = false;
      });
  }

  async #mendAll(): Promise<void> {
    if (this.#newestLife > this.#life && !(await this.#trust())) return;
    this.#takeFromAside();
    while (!this.#closed && this.#isBehind()) {
      if (!(await this.#readOn())) return;
      this.#takeFromAside();
    }
  }

  #isBehind(): boolean {
    return this.#aside.length > 0 || this.#headSeqNo > (this.#last as Position).seqNo;
  }

  /** Whether the engine's new life still has what was heard. */
  async #trust(): Promise<boolean> {
    const last = this.#last as Position;
    const anchored = await this.#ports.anchor(last);
    const head = await this.#ports.head();
    if (this.#closed || anchored.life !== head.life) return false;
    const isSameEpoch = head.result.epoch === last.epoch;
    if (isSameEpoch && !anchored.result && last.seqNo > 0) {
      this.#ports.onHistoryLost(head.life);
      return false;
    }
    this.#life = head.life;
    this.#newestLife = Math.max(this.#newestLife, head.life);
    this.#aside = this.#aside.filter(({ life }) => life === this.#life);
    this.#headSeqNo = head.result.seqNo;
    if (!isSameEpoch) this.#last = { epoch: head.result.epoch, seqNo: 0 };
    return true;
  }

  #takeFromAside(): void {
    const kept = this.#aside.filter(({ life }) => life === this.#life).sort((a, b) => a.entry.seqNo - b.entry.seqNo);
    this.#aside = [];
    for (const one of kept) {
      if (this.#closed) return;
      const { entry } = one;
      if (this.#follows(entry)) this.#hear(entry);
      else if (entry.epoch !== this.#last?.epoch || entry.seqNo > this.#last.seqNo) this.#aside.push(one);
    }
  }

  /** Reads what lies ahead. Returns false when there is nothing. */
  async #readOn(): Promise<boolean> {
    const { result: head, life } = await this.#ports.head();
    if (this.#closed || life !== this.#life) return false;
    const last = this.#last as Position;
    if (head.epoch !== last.epoch) this.#last = { epoch: head.epoch, seqNo: 0 };
    this.#headSeqNo = head.seqNo;
    this.#aside = this.#aside.filter(({ entry }) => entry.epoch === head.epoch);
    const afterSeqNo = (this.#last as Position).seqNo;
    if (head.seqNo <= afterSeqNo) return false;
    const { result: entries, life: readLife } = await this.#ports.read({ afterSeqNo, limit: READ_MAX });
    this.#newestLife = Math.max(this.#newestLife, readLife);
    if (this.#closed || this.#life !== readLife) return false;
    for (const entry of entries) {
      const { epoch, seqNo } = this.#last as Position;
      if (entry.epoch === epoch && entry.seqNo > seqNo) this.#hear(entry);
    }
    return entries.length > 0;
  }
}
