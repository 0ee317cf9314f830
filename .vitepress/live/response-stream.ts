/** An answer of newline-delimited JSON that grows while a program runs. */

import type { ServerResponse } from 'node:http';

export class ResponseStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.flushHeaders();
    // A page that leaves while a line is written is reported by `close`; the write error says nothing more.
    response.on('error', () => {});
  }

  /** True when the page still reads. */
  get open(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Writes one line; returns false when the page is behind and the writer should wait for `onDrain`. */
  write(line: object): boolean {
    if (!this.open) return true;
    return this.#response.write(`${JSON.stringify(line)}\n`);
  }

  onDrain(listener: () => void): void {
    this.#response.on('drain', listener);
  }

  /** Calls the listener when the page went away before the answer was complete. */
  onLeft(listener: () => void): void {
    this.#response.on('close', () => {
      if (!this.#response.writableFinished) listener();
    });
  }

  end(line: object): void {
    if (this.open) this.#response.end(`${JSON.stringify(line)}\n`);
  }
}
