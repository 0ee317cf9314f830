/** The last frames of a check, over all of its connections, for the report of a failure. Older ones are given up. */

import type { FrameBody } from '@micro-socket/protocol';
import { show } from './expect.ts';

/** How many frames a report shows. */
const FRAMES_MAX = 16;
const LINE_CHARS_MAX = 240;

interface Logged {
  readonly peer: string;
  readonly arrow: '→' | '←' | '×';
  readonly what: object | FrameBody;
}

export class FrameLog {
  readonly #frames: Logged[] = [];

  /** The client's side of the connection named `peer` sent this. */
  sent(peer: string, what: object | FrameBody): void {
    this.#add({ peer, arrow: '→', what });
  }

  came(peer: string, what: object | FrameBody): void {
    this.#add({ peer, arrow: '←', what });
  }

  closed(peer: string, code: number, reason: string): void {
    this.#add({ peer, arrow: '×', what: `closed with ${code} ${reason}` });
  }

  /** One line a frame, oldest first: `A → {"type":"setup",…}`. */
  lines(): string[] {
    return this.#frames.map(({ peer, arrow, what }) => `${peer} ${arrow} ${show(what, LINE_CHARS_MAX)}`);
  }

  #add(entry: Logged): void {
    this.#frames.push(entry);
    if (this.#frames.length > FRAMES_MAX) this.#frames.shift();
  }
}
