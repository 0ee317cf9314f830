/** Finds the first line in a stream of bytes and keeps at most `bytesMax` bytes of it. */

/** A line without its line feed, or `undefined` when none came in time; and the bytes that came behind it. */
export interface FirstLine {
  readonly line: string | undefined;
  readonly rest: Uint8Array;
}

const LINE_FEED = 10;
// A byte order mark is a character like any other: it makes a line that nobody knows.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class LineReader {
  readonly #held: Uint8Array;
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.#held = new Uint8Array(bytesMax);
  }

  /** Takes the next bytes. Answers once, when the line is whole or too long. */
  push(chunk: Uint8Array): FirstLine | undefined {
    const free = this.#held.length - this.#heldBytes;
    const feedAt = chunk.subarray(0, free).indexOf(LINE_FEED);
    const taken = chunk.subarray(0, feedAt === -1 ? free : feedAt);
    this.#held.set(taken, this.#heldBytes);
    this.#heldBytes += taken.length;
    if (feedAt !== -1) {
      return { line: utf8.decode(this.#held.subarray(0, this.#heldBytes)), rest: chunk.subarray(feedAt + 1) };
    }
    if (this.#heldBytes < this.#held.length) return undefined;
    return { line: undefined, rest: chunk.subarray(taken.length) };
  }
}
