/** JetStream alone: messages with the headers that the backbone gives them, published to a plain stream in a file. */

import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  StorageType,
} from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { BenchError } from '../errors.ts';
import { Ledger } from '../load/ledger.ts';
import type { Messages } from '../load/message.ts';
import type { Sink, SinkEvents } from './sink.ts';

export interface JetStreamSinkOptions {
  /** Of the server: `127.0.0.1:4222`. */
  readonly address: string;
  readonly messages: Messages;
  /** How long one answer may take. */
  readonly answerMsMax: number;
}

const STREAM = 'bench';

/** As long as the id that the backbone makes of topic, publisher and messageId. */
const NATS_ID_CHARACTERS = 43;

export class JetStreamSink implements Sink {
  readonly #messages: Messages;
  readonly #answerMsMax: number;
  readonly #ledger: Ledger;
  #connection: NatsConnection;
  #client: JetStreamClient;
  #manager: JetStreamManager;
  #events: SinkEvents | undefined;

  static async open(options: JetStreamSinkOptions): Promise<JetStreamSink> {
    const { connection, manager } = await dial(options.address, options.answerMsMax);
    await manager.streams.add({
      name: STREAM,
      subjects: [`${STREAM}.>`],
      storage: StorageType.File,
      num_replicas: 1,
      allow_direct: true,
    });
    return new JetStreamSink(options, connection, manager);
  }

  private constructor(options: JetStreamSinkOptions, connection: NatsConnection, manager: JetStreamManager) {
    this.#messages = options.messages;
    this.#answerMsMax = options.answerMsMax;
    this.#ledger = new Ledger(options.messages);
    this.#connection = connection;
    this.#manager = manager;
    this.#client = jetstream(connection);
  }

  /** Connects to a server that was started anew, with the same stream. */
  async reopen(address: string): Promise<void> {
    await this.close();
    const { connection, manager } = await dial(address, this.#answerMsMax);
    this.#connection = connection;
    this.#manager = manager;
    this.#client = jetstream(connection);
  }

  listen(events: SinkEvents): void {
    this.#events = events;
  }

  put(number: number): void {
    const messageId = this.#messages.idOf(number);
    const payload = this.#messages.payloadOf(number);
    const wrapped = headers();
    wrapped.set(
      'Ms',
      `{"id":"${messageId}","at":${Date.now()}.125,"print":1234567890,"call":"0123456789ab","size":512}`,
    );
    const msgID = messageId.padEnd(NATS_ID_CHARACTERS, '=');
    this.#client
      .publish(this.#messages.topicOf(number), payload, { msgID, headers: wrapped, timeout: this.#answerMsMax })
      .then(({ seq, duplicate }) => {
        if (duplicate) throw new BenchError('UNEXPECTED_FRAME', `message ${number} was taken for a repeat`);
        this.#ledger.add(number, seq);
        this.#events?.onAcknowledged(number);
      })
      .catch((error: unknown) => this.#events?.onFault(error));
  }

  async verify(): Promise<void> {
    for (const [topic, held] of this.#ledger.settle()) {
      for (const { number, seqNo } of held) {
        const stored = await this.#manager.direct.getMessage(STREAM, { seq: seqNo });
        const what = `message ${number} of ${topic}, acknowledged at ${seqNo}`;
        if (stored === null || stored.subject !== topic) throw new BenchError('MESSAGE_LOST', `${what}, is not stored`);
        if (stored.string() !== this.#messages.payloadOf(number)) {
          throw new BenchError('MESSAGE_DAMAGED', `${what}, has other bytes in the stream`);
        }
      }
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

async function dial(
  address: string,
  timeout: number,
): Promise<{ connection: NatsConnection; manager: JetStreamManager }> {
  try {
    const connection = await connect({ servers: address, timeout, reconnect: false, noAsyncTraces: true });
    return { connection, manager: await jetstreamManager(connection, { checkAPI: false, timeout }) };
  } catch (error) {
    throw new BenchError('CONNECTION_LOST', `could not connect to NATS at ${address}: ${(error as Error).message}`);
  }
}
