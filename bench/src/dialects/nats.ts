/** The client protocol of NATS over WebSocket: lines and payloads, in WebSocket messages that end anywhere. */

import { BARE, Remainder } from './bytes.ts';
import { type Dialect, type Inbox, type Session, type SessionOptions, unexpected } from './dialect.ts';

const LINE_END = '\r\n';
const SUBSCRIPTION = 1;
const CONNECT = JSON.stringify({ verbose: false, pedantic: false, echo: false, lang: 'bench', version: '1' });

export const NATS: Dialect = {
  // `verbose` would answer every line, which NATS advises against; a client that asks nothing is told nothing.
  acknowledges: false,
  envelope: BARE,
  session: (options) => new NatsSession(options),
  // A client of NATS writes what has piled up in one go, too.
  publish: (topic, messages) => [
    Buffer.from(messages.map(({ payload }) => `PUB ${topic} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`).join('')),
  ],
};

class NatsSession implements Session {
  readonly #topic: string | undefined;
  readonly #messageHead: string;
  readonly #remainder = new Remainder();

  constructor({ topic }: SessionOptions) {
    this.#topic = topic;
    this.#messageHead = `MSG ${topic} ${SUBSCRIPTION} `;
  }

  begin(): void {
    // The server speaks first.
  }

  read(message: Buffer, inbox: Inbox): void {
    const bytes = this.#remainder.with(message);
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(LINE_END, at);
      if (end === -1) break;
      const next = end + LINE_END.length;
      const line = bytes.toString('latin1', at, end);
      if (line.startsWith(this.#messageHead)) {
        const size = Number(line.slice(this.#messageHead.length));
        if (!Number.isSafeInteger(size)) throw unexpected(bytes.subarray(at, end));
        if (bytes.length < next + size + LINE_END.length) break;
        inbox.delivery(bytes.subarray(next, next + size));
        at = next + size + LINE_END.length;
      } else {
        this.#onLine(line, inbox);
        at = next;
      }
    }
    this.#remainder.keep(bytes.subarray(at));
  }

  #onLine(line: string, inbox: Inbox): void {
    if (line.startsWith('INFO ')) {
      // It is told again when the servers of a cluster change, which one server by itself does not.
      const subscribe = this.#topic === undefined ? '' : `SUB ${this.#topic} ${SUBSCRIPTION}\r\n`;
      inbox.say(Buffer.from(`CONNECT ${CONNECT}\r\n${subscribe}PING\r\n`));
    } else if (line === 'PONG') {
      inbox.ready(0);
    } else if (line === 'PING') {
      inbox.say(Buffer.from('PONG\r\n'));
    } else {
      throw unexpected(Buffer.from(line));
    }
  }
}
