/**
 * Makes lines of the bytes of a file, wherever the bytes are cut. It holds one line at most, and a bounded part of it.
 *
 * Lines end with a line feed, with or without a carriage return before it; the last one may end with the file. A byte
 * order mark at the beginning is no part of the first line. Bytes that are no UTF-8 become U+FFFD, which no field has.
 */

/** The longest line, in UTF-16 code units. */
export const LINE_CHARS_MAX = 16_384;

export interface Line {
  /** From 1 on. */
  readonly number: number;
  /** `undefined` where it was too long; it was not kept. */
  readonly text: string | undefined;
}

export class LineSplitter {
  readonly #utf8 = new TextDecoder();
  #held = '';
  #isTooLong = false;
  #number = 0;

  /** The lines that end in these bytes. */
  push(bytes: Uint8Array): Line[] {
    return this.#linesIn(this.#utf8.decode(bytes, { stream: true }));
  }

  /** What is left when there are no more bytes. */
  end(): Line[] {
    const lines = this.#linesIn(this.#utf8.decode());
    return this.#held === '' && !this.#isTooLong ? lines : [...lines, this.#finish()];
  }

  #linesIn(text: string): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', start)) {
      this.#hold(text.slice(start, at));
      lines.push(this.#finish());
      start = at + 1;
    }
    this.#hold(text.slice(start));
    return lines;
  }

  #hold(part: string): void {
    this.#isTooLong ||= this.#held.length + part.length > LINE_CHARS_MAX;
    this.#held = this.#isTooLong ? '' : this.#held + part;
  }

  #finish(): Line {
    const text = this.#isTooLong ? undefined : this.#held.replace(/\r$/, '');
    this.#held = '';
    this.#isTooLong = false;
    this.#number += 1;
    return { number: this.#number, text };
  }
}
