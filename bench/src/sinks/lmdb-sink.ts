/** LMDB alone, in this process: one `put` of the bytes of each `publish` frame, awaited. */

import { open, type RootDatabase } from 'lmdb';
import { BenchError } from '../errors.ts';
import { READ_BACK_MAX } from '../load/ledger.ts';
import type { Messages } from '../load/message.ts';
import type { Sink, SinkEvents } from './sink.ts';

export interface LmdbSinkOptions {
  readonly folder: string;
  /** Whether a `put` resolves when the disk has it, or when the operating system has it. */
  readonly waitsForDisk: boolean;
  readonly messages: Messages;
}

export class LmdbSink implements Sink {
  readonly #messages: Messages;
  readonly #database: RootDatabase<Buffer, number>;
  #events: SinkEvents | undefined;
  #count = 0;

  constructor({ folder, waitsForDisk, messages }: LmdbSinkOptions) {
    this.#messages = messages;
    // As the disk backbone opens it: a promise means what it says only without overlapping syncs.
    this.#database = open<Buffer, number>({
      path: folder,
      noSubdir: false,
      overlappingSync: false,
      noSync: !waitsForDisk,
      encoding: 'binary',
      keyEncoding: 'uint32',
    });
  }

  /** How many messages are stored. */
  get stored(): number {
    return this.#database.getCount();
  }

  listen(events: SinkEvents): void {
    this.#events = events;
  }

  put(number: number): void {
    this.#database.put(number, Buffer.from(this.#messages.frameOf(number))).then(
      () => {
        this.#count = Math.max(this.#count, number + 1);
        this.#events?.onAcknowledged(number);
      },
      (error: unknown) => this.#events?.onFault(error),
    );
  }

  async verify(): Promise<void> {
    if (this.stored !== this.#count) {
      throw new BenchError('MESSAGE_LOST', `${this.#count} messages were acknowledged, and ${this.stored} are stored`);
    }
    for (let number = Math.max(0, this.#count - READ_BACK_MAX); number < this.#count; number++) {
      const stored = this.#database.get(number)?.toString('utf8');
      if (stored === this.#messages.frameOf(number)) continue;
      throw new BenchError('MESSAGE_DAMAGED', `message ${number} has other bytes in the store`);
    }
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}
