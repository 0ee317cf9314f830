/** One line of a terminal that is written over. Where the output is no terminal, it writes nothing. */

/** Ten times a second is as often as anybody can read. */
const EVERY_MS = 100;

/** Where a terminal does not say how wide it is, or says 0. */
const COLUMNS = 80;

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #shownAt = Number.NEGATIVE_INFINITY;
  #isShown = false;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
  }

  /** Asks for the text only when it is going to be shown. */
  show(text: () => string): void {
    const now = this.#now();
    if (this.#terminal.isTTY !== true || now - this.#shownAt < EVERY_MS) return;
    this.#shownAt = now;
    this.#isShown = true;
    // A line that wraps could not be written over.
    this.#terminal.write(`\r\u001b[2K${text().slice(0, (this.#terminal.columns || COLUMNS) - 1)}`);
  }

  /** Makes room for what comes next. */
  clear(): void {
    if (this.#isShown) this.#terminal.write('\r\u001b[2K');
    this.#isShown = false;
  }
}
