/** MQTT 3.1.1 over WebSocket, with the lowest quality of service: nothing is answered, nothing is sent again. */

import { randomUUID } from 'node:crypto';
import { BARE, Remainder } from './bytes.ts';
import { type Dialect, type Inbox, type Session, type SessionOptions, unexpected } from './dialect.ts';

const CONNECT = 0x10;
const CONNACK = 0x20;
const PUBLISH = 0x30;
const SUBSCRIBE = 0x82;
const SUBACK = 0x90;

const PROTOCOL_LEVEL = 4;
const CLEAN_SESSION = 2;
/** The most that a client may go without a word; no run is as long. */
const KEEP_ALIVE_SECONDS = 65_535;
const PACKET_ID = 1;

export const MQTT: Dialect = {
  subprotocol: 'mqtt',
  acknowledges: false,
  envelope: BARE,
  session: (options) => new MqttSession(options),
  publish: (topic, messages) =>
    messages.map(({ payload }) => packet(PUBLISH, Buffer.concat([text(topic), Buffer.from(payload)]))),
};

class MqttSession implements Session {
  readonly #topic: string | undefined;
  readonly #topicBytes: Buffer;
  readonly #remainder = new Remainder();

  constructor({ topic }: SessionOptions) {
    this.#topic = topic;
    this.#topicBytes = text(topic ?? '');
  }

  begin(inbox: Inbox): void {
    const head = Buffer.concat([text('MQTT'), Buffer.from([PROTOCOL_LEVEL, CLEAN_SESSION]), int16(KEEP_ALIVE_SECONDS)]);
    // Servers of old take no more than 23 letters.
    const clientId = randomUUID().replaceAll('-', '').slice(0, 23);
    inbox.say(packet(CONNECT, Buffer.concat([head, text(clientId)])));
  }

  read(message: Buffer, inbox: Inbox): void {
    const bytes = this.#remainder.with(message);
    let at = 0;
    for (;;) {
      const size = remainingLength(bytes, at + 1);
      if (size === undefined || bytes.length < size.end + size.length) break;
      this.#onPacket(bytes[at] as number, bytes.subarray(size.end, size.end + size.length), inbox);
      at = size.end + size.length;
    }
    this.#remainder.keep(bytes.subarray(at));
  }

  #onPacket(type: number, body: Buffer, inbox: Inbox): void {
    const topic = this.#topicBytes;
    if (type === PUBLISH && body.compare(topic, 0, topic.length, 0, Math.min(topic.length, body.length)) === 0) {
      inbox.delivery(body.subarray(topic.length));
    } else if (type === CONNACK && body[1] === 0) {
      if (this.#topic === undefined) inbox.ready(0);
      else inbox.say(packet(SUBSCRIBE, Buffer.concat([int16(PACKET_ID), topic, Buffer.from([0])])));
    } else if (type === SUBACK && body[2] === 0) {
      inbox.ready(0);
    } else {
      throw unexpected(Buffer.concat([Buffer.from([type]), body]));
    }
  }
}

function packet(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, ...lengthBytes(body.length)]), body]);
}

/** Seven bits a byte, the lowest first; the eighth says that there is more. */
function lengthBytes(length: number): number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...lengthBytes(length >> 7)];
}

/** Undefined where the bytes that have come do not hold all of it. */
function remainingLength(bytes: Buffer, from: number): { length: number; end: number } | undefined {
  let length = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    length |= (byte & 0x7f) << (7 * (at - from));
    if (byte < 0x80) return { length, end: at + 1 };
  }
  return undefined;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}

function int16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
