/** Reads all that is stored of a topic, page by page, as a program does that has just been started. */

import { Client, type StoredMessage } from '@micro-socket/client';
import { ProtocolError } from '@micro-socket/protocol';
import { dial, systemClock, systemRandom } from '@micro-socket/transport/node';
import { HANG_MS, HangError, orHang } from '../hang.ts';
import { AUDITOR, tokenOf } from './cast.ts';

const PAGE_LENGTH = 100;

/** How long to wait before a page that could not be had is asked for again, in milliseconds. */
const AGAIN_MS = 100;

export class Auditor {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Connects with a client of its own, which knows nothing. */
  static async at(address: string): Promise<Auditor> {
    const ports = { dial: () => dial(address, 'msgpack'), clock: systemClock, random: systemRandom };
    const client = new Client(ports, { token: tokenOf(AUDITOR), reconnect: { first: true, baseMs: 50, capMs: 500 } });
    await orHang(client.open(), `nobody answers at ${address}`);
    return new Auditor(client);
  }

  get ready() {
    return this.#client.ready;
  }

  /** Everything that is kept of a topic, oldest first. */
  async all(topic: string): Promise<StoredMessage[]> {
    const all: StoredMessage[] = [];
    for (;;) {
      const after = all.at(-1)?.seqNo ?? 0;
      const { messages } = await this.#asked(topic, () => this.#client.read(topic, { after }, { limit: PAGE_LENGTH }));
      all.push(...messages);
      if (messages.length < PAGE_LENGTH) return all;
    }
  }

  async head(topic: string) {
    return (await this.#asked(topic, () => this.#client.read(topic, 'head'))).position;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Asks until there is an answer: gateways may refuse for now, and connections may end. */
  async #asked<Answer>(topic: string, ask: () => Promise<Answer>): Promise<Answer> {
    const deadline = performance.now() + HANG_MS;
    for (;;) {
      try {
        return await orHang(ask(), `a read of ${topic} is not answered`);
      } catch (error) {
        if (error instanceof HangError || (error instanceof ProtocolError && !error.retry)) throw error;
        if (performance.now() > deadline) throw new HangError(`${topic} cannot be read (${error})`);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}
