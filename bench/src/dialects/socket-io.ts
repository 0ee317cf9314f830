/** Socket.IO 5 on Engine.IO 4, over WebSocket from the start: events in JSON arrays behind a digit or two. */

import { BenchError } from '../errors.ts';
import { jsonIn } from './bytes.ts';
import { type Dialect, type Envelope, type Inbox, type Session, type SessionOptions, unexpected } from './dialect.ts';

/** What a program that is measured calls its events. */
export const SUBSCRIBE_EVENT = 'subscribe';
export const PUBLISH_EVENT = 'publish';
export const MESSAGE_EVENT = 'message';

const OPEN = '0';
const PING = '2';
const PONG = '3';
const CONNECT = '40';
const EVENT = '42';
const ACK = '43';

const HEAD = `${EVENT}["${MESSAGE_EVENT}",`;

const envelope: Envelope = {
  tailOf: (payload) => Buffer.from(`${HEAD}${payload}]`),
  isWhole: true,
  payloadIn(delivery) {
    const value = jsonIn(delivery.subarray(EVENT.length));
    if (Array.isArray(value) && value[0] === MESSAGE_EVENT) return value[1];
    throw new BenchError('MESSAGE_DAMAGED', `got an event of another form: ${delivery}`);
  },
};

export const SOCKET_IO: Dialect = {
  acknowledges: true,
  envelope,
  urlOf: (address) => `${address}/socket.io/?EIO=4&transport=websocket`,
  session: (options) => new SocketIoSession(options),
  publish: (_topic, messages) =>
    messages.map(({ number, payload }) => `${EVENT}${number}["${PUBLISH_EVENT}",${payload}]`),
};

class SocketIoSession implements Session {
  readonly #topic: string | undefined;
  #isReady = false;

  constructor({ topic }: SessionOptions) {
    this.#topic = topic;
  }

  begin(): void {
    // The server speaks first.
  }

  read(message: Buffer, inbox: Inbox): void {
    const start = message.toString('latin1', 0, 2);
    if (start === EVENT) inbox.delivery(message);
    else if (start === ACK) this.#onAck(inbox);
    else if (start === PING) inbox.say(PONG);
    else if (start === CONNECT) this.#onConnected(inbox);
    else if (start.startsWith(OPEN)) inbox.say(CONNECT);
    else throw unexpected(message);
  }

  #onConnected(inbox: Inbox): void {
    if (this.#topic === undefined) this.#onReady(inbox);
    else inbox.say(`${EVENT}0${JSON.stringify([SUBSCRIBE_EVENT, this.#topic])}`);
  }

  /** The first thing that a subscriber asks is to subscribe, and it asks nothing else. */
  #onAck(inbox: Inbox): void {
    if (this.#isReady) inbox.acknowledged();
    else this.#onReady(inbox);
  }

  #onReady(inbox: Inbox): void {
    this.#isReady = true;
    inbox.ready(0);
  }
}
