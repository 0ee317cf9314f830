/**
 * Cuts a stream of bytes into lines. No I/O of its own, so the dev server, the page and the tests share it.
 *
 * A chunk may end anywhere, also inside a character. A line longer than the limit keeps its beginning and is marked as
 * cut; the rest of it is thrown away, so that memory stays bounded whatever a program prints.
 */

export interface Line {
  readonly text: string;
  /** True when the line was longer than the limit and only its beginning is here. */
  readonly cut: boolean;
}

export class LineSplitter {
  readonly #maxChars: number;
  readonly #decoder = new TextDecoder();
  #pending = '';
  #cut = false;

  /** `maxChars` is the length, in UTF-16 units, that a line may have before it is cut. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** Takes the next bytes and returns the lines that they complete, without their line ends. */
  push(chunk: Uint8Array): Line[] {
    return this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  /** Ends the stream: what was left without a line end counts as a line. */
  end(): Line[] {
    const lines = this.#take(this.#decoder.decode());
    if (this.#pending !== '' || this.#cut) lines.push(this.#finishLine());
    return lines;
  }

  #take(text: string): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      this.#append(text.slice(from, at));
      lines.push(this.#finishLine());
      from = at + 1;
    }
    this.#append(text.slice(from));
    return lines;
  }

  #append(text: string): void {
    const room = this.#maxChars - this.#pending.length;
    this.#pending += text.slice(0, room);
    if (text.length > room) this.#cut = true;
  }

  #finishLine(): Line {
    const text = this.#pending.endsWith('\r') ? this.#pending.slice(0, -1) : this.#pending;
    const line = { text, cut: this.#cut };
    this.#pending = '';
    this.#cut = false;
    return line;
  }
}
