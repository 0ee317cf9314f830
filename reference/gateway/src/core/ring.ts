/**
 * The recent messages of a sub-socket, and their finished frames.
 *
 * Messages are counted by an ordinal that starts at 0 and never jumps, because seqNos may. A reader is nothing but an
 * ordinal, its cursor: the next message that it needs. When the ring is full the oldest message leaves, whether or not
 * some reader still needs it; that reader finds its cursor before `tail` and is told.
 */

import type { Entry } from '@micro-socket/backbone';

interface Slot {
  readonly entry: Entry;
  /** The finished frame by kind; made when the first member that needs that kind is served. */
  readonly frames: (Uint8Array | undefined)[];
}

export class Ring {
  readonly #lengthMax: number;
  readonly #bytesMax: number;
  readonly #slots: (Slot | undefined)[];
  #tail = 0;
  #head = 0;
  #bytes = 0;

  constructor(lengthMax: number, bytesMax: number) {
    this.#lengthMax = lengthMax;
    this.#bytesMax = bytesMax;
    this.#slots = [];
  }

  /** The oldest ordinal that is still here. */
  get tail(): number {
    return this.#tail;
  }

  /** The ordinal that the next message will have. */
  get head(): number {
    return this.#head;
  }

  /** Bytes of all messages and finished frames that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  push(entry: Entry): void {
    if (this.#head - this.#tail === this.#lengthMax) this.#dropOldest();
    this.#slots[this.#head % this.#lengthMax] = { entry, frames: [] };
    this.#head += 1;
    this.#bytes += entry.sizeBytes;
  }

  /** The message at an ordinal from `tail` to `head - 1`. */
  entryAt(ordinal: number): Entry {
    return this.#slotAt(ordinal).entry;
  }

  /** The ordinal of the first message after `seqNo`, or `undefined` when messages in between have left the ring. */
  ordinalAfter(seqNo: number): number | undefined {
    if (this.#tail === this.#head || seqNo < this.entryAt(this.#tail).prevSeqNo) return undefined;
    let low = this.#tail;
    let high = this.#head;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entryAt(middle).seqNo > seqNo) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The finished frame of a message in one kind of frames, made by `encode` the first time it is asked for. */
  frameAt(ordinal: number, kind: number, encode: (entry: Entry) => Uint8Array): Uint8Array {
    const slot = this.#slotAt(ordinal);
    const made = slot.frames[kind];
    if (made !== undefined) return made;
    const frame = encode(slot.entry);
    slot.frames[kind] = frame;
    this.#bytes += frame.length;
    return frame;
  }

  /** Gives up the oldest messages before `end` until the rest fits; the newest of them always stays. */
  trim(end: number): void {
    while (this.#bytes > this.#bytesMax && this.#tail < end - 1) this.#dropOldest();
  }

  #slotAt(ordinal: number): Slot {
    const slot = this.#slots[ordinal % this.#lengthMax];
    if (slot === undefined || ordinal < this.#tail || ordinal >= this.#head) {
      throw new RangeError(`Ordinal ${ordinal} is outside ${this.#tail}..${this.#head - 1}.`);
    }
    return slot;
  }

  #dropOldest(): void {
    const { entry, frames } = this.#slotAt(this.#tail);
    this.#bytes -= entry.sizeBytes;
    for (const frame of frames) this.#bytes -= frame?.length ?? 0;
    this.#slots[this.#tail % this.#lengthMax] = undefined;
    this.#tail += 1;
  }
}
