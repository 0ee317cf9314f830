/** The frames of the protocol in JSON: what the gateway speaks, and every program here that was written for this. */

import { PROTOCOL_VERSION, subprotocolOf } from '@micro-socket/protocol';
import { BenchError } from '../errors.ts';
import { type Dialect, type Envelope, type Inbox, type Session, type SessionOptions, unexpected } from './dialect.ts';

interface ServerFrame {
  readonly type?: unknown;
  readonly status?: unknown;
  readonly seqNo?: number;
  readonly time?: number;
}

/** What a gateway may say of a topic at any time, such as where an idle one stands. */
const NOTICES: readonly unknown[] = ['head', 'health'];

/** A `message` is told from the other frames by this letter of its type, without parsing it. */
const TYPE_AT = '{"type":"'.length;
const M = 'm'.charCodeAt(0);

const envelope: Envelope = {
  tailOf: (payload) => Buffer.from(`,"data":${payload}}`),
  // In front of it there are the place in the topic and the time, which nobody here knows.
  isWhole: false,
  payloadIn: (delivery) => fieldsOf(delivery)['data'],
  fieldsOf,
};

export const FRAMES: Dialect = {
  subprotocol: subprotocolOf('json'),
  acknowledges: true,
  envelope,
  session: (options) => new FramesSession(options),
  publish: (topic, messages) =>
    messages.map(({ number, messageId, payload }) => {
      const head = `{"type":"publish","id":${number},"topic":"${topic}","messageId":"${messageId}"`;
      return `${head},"payload":${payload}}`;
    }),
};

class FramesSession implements Session {
  readonly #topic: string | undefined;

  constructor({ topic }: SessionOptions) {
    this.#topic = topic;
  }

  begin(inbox: Inbox): void {
    const topics = this.#topic === undefined ? {} : { topics: [this.#topic] };
    inbox.say(JSON.stringify({ type: 'setup', protocol: PROTOCOL_VERSION, ...topics }));
  }

  read(message: Buffer, inbox: Inbox): void {
    if (message[TYPE_AT] === M) {
      inbox.delivery(message);
      return;
    }
    const { type, status, seqNo = 0, time } = fieldsOf(message) as ServerFrame;
    if (type === 'ready' && this.#topic === undefined) inbox.ready(0);
    else if (type === 'subscribed') inbox.ready(seqNo);
    else if (type === 'ack' && status === 'ok') inbox.acknowledged();
    else if (type === 'ping') inbox.say(JSON.stringify({ type: 'pong', time }));
    else if (type !== 'ready' && !NOTICES.includes(type)) throw unexpected(message);
  }
}

function fieldsOf(frame: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(frame.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, as any other value that is not an object.
  }
  throw new BenchError('MESSAGE_DAMAGED', 'got a frame that is not a JSON object');
}
