/** A connection handler that keeps what it is told, and lets a test wait for it. */

import type { FrameBody } from '@micro-socket/protocol';
import type { Connection, ConnectionHandler } from '../../src/index.ts';

export class Recorder implements ConnectionHandler {
  readonly frames: FrameBody[] = [];
  readonly closes: { code: number; reason: string }[] = [];
  /** Everything in the order in which it came. */
  readonly events: ('frame' | 'writable' | 'close')[] = [];
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  /** Starts a connection with a new recorder. */
  static on(connection: Connection): Recorder {
    const recorder = new Recorder();
    connection.start(recorder);
    return recorder;
  }

  get writableCount(): number {
    return this.events.filter((event) => event === 'writable').length;
  }

  onFrame(body: FrameBody): void {
    this.frames.push(typeof body === 'string' ? body : body.slice());
    this.#note('frame');
  }

  onWritable(): void {
    this.#note('writable');
  }

  onClose(code: number, reason: string): void {
    this.closes.push({ code, reason });
    this.#note('close');
  }

  /** Resolves at the first event after which this holds. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ holds, resolve }));
  }

  /** Resolves with the close of the connection. */
  async closed(): Promise<{ code: number; reason: string }> {
    await this.until(() => this.closes.length > 0);
    return this.closes[0] as { code: number; reason: string };
  }

  #note(event: 'frame' | 'writable' | 'close'): void {
    this.events.push(event);
    this.#waiting = this.#waiting.filter(({ holds, resolve }) => {
      if (!holds()) return true;
      resolve();
      return false;
    });
  }
}
