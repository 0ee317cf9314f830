/** A gateway, published to over TCP with the real protocol. Every answer is looked at, and the history is read back. */

import { PROTOCOL_VERSION } from '@micro-socket/protocol';
import { BenchError } from '../errors.ts';
import { type Held, Ledger } from '../load/ledger.ts';
import type { Messages } from '../load/message.ts';
import { StreamPeer } from '../load/stream-peer.ts';
import type { Sink, SinkEvents } from './sink.ts';

export interface GatewaySinkOptions {
  readonly address: string;
  readonly messages: Messages;
  readonly openMsMax: number;
}

interface Frame {
  readonly type: string;
  readonly id?: number;
  readonly messageId?: string;
  readonly status?: string;
  readonly epoch?: string;
  readonly seqNo?: number;
  readonly time?: number;
  readonly durability?: string;
  readonly entries?: readonly PageEntry[];
  readonly last?: boolean;
}

interface PageEntry {
  readonly seqNo: number;
  readonly prevSeqNo: number;
  readonly messageId: string;
  readonly data: unknown;
}

interface Reading {
  readonly entries: PageEntry[];
  resolve(entries: readonly PageEntry[]): void;
  reject(error: unknown): void;
}

export class GatewaySink implements Sink {
  readonly #options: GatewaySinkOptions;
  readonly #ledger: Ledger;
  readonly #readings = new Map<number, Reading>();
  #peer: StreamPeer | undefined;
  #events: SinkEvents | undefined;
  #onReady: { resolve(durability: string): void; reject(error: unknown): void } | undefined;
  #lastReadId = Number.MAX_SAFE_INTEGER;
  #failure: unknown;

  constructor(options: GatewaySinkOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.messages);
  }

  /** Connects, and resolves with the durability that `ready` names. May be called again, for a gateway that was started anew. */
  async open(address = this.#options.address): Promise<string> {
    const { openMsMax } = this.#options;
    this.#peer?.cut();
    this.#failure = undefined;
    const peer = await StreamPeer.open({
      address,
      openMsMax,
      onFrame: (body) => this.#onFrame(body),
      onFault: (error) => this.#fail(error),
    });
    this.#peer = peer;
    return new Promise((resolve, reject) => {
      this.#onReady = { resolve, reject };
      peer.send(JSON.stringify({ type: 'setup', protocol: PROTOCOL_VERSION }));
    });
  }

  listen(events: SinkEvents): void {
    this.#events = events;
  }

  put(number: number): void {
    this.#peer?.send(this.#options.messages.frameOf(number));
  }

  async verify(): Promise<void> {
    for (const [topic, held] of this.#ledger.settle()) this.#compare(topic, held, await this.#read(topic, held.length));
  }

  async close(): Promise<void> {
    this.#peer?.cut();
  }

  #onFrame(body: Buffer): void {
    const frame = JSON.parse(body.toString('utf8')) as Frame;
    if (frame.type === 'ack') {
      this.#onAck(frame, body);
    } else if (frame.type === 'page') {
      this.#onPage(frame);
    } else if (frame.type === 'ping') {
      this.#peer?.send(JSON.stringify({ type: 'pong', time: frame.time }));
    } else if (frame.type === 'ready') {
      this.#onReady?.resolve(frame.durability ?? '');
      this.#onReady = undefined;
    } else {
      throw new BenchError('UNEXPECTED_FRAME', `the publisher got ${body}`);
    }
  }

  #onAck({ id = -1, messageId, status, seqNo }: Frame, body: Buffer): void {
    const isRight = status === 'ok' && messageId === this.#options.messages.idOf(id) && Number.isSafeInteger(seqNo);
    if (!isRight) throw new BenchError('UNEXPECTED_FRAME', `the publisher got ${body}`);
    this.#ledger.add(id, seqNo as number);
    this.#events?.onAcknowledged(id);
  }

  #onPage({ id = -1, entries = [], last }: Frame): void {
    const reading = this.#readings.get(id);
    reading?.entries.push(...entries);
    if (last !== true) return;
    this.#readings.delete(id);
    reading?.resolve(reading.entries);
  }

  #read(topic: string, count: number): Promise<readonly PageEntry[]> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      // Counted downwards, so that no publish has the same one.
      const id = this.#lastReadId--;
      this.#readings.set(id, { entries: [], resolve, reject });
      this.#peer?.send(JSON.stringify({ type: 'read', id, topic, from: { last: count } }));
    });
  }

  #compare(topic: string, held: readonly Held[], entries: readonly PageEntry[]): void {
    const { messages } = this.#options;
    held.forEach(({ number, seqNo }, place) => {
      const entry = entries[place + entries.length - held.length];
      const what = `message ${number} of ${topic}, acknowledged at ${seqNo}`;
      if (entry?.seqNo !== seqNo || entry.messageId !== messages.idOf(number)) {
        const found = entry === undefined ? 'nothing' : `${entry.messageId} at ${entry.seqNo}`;
        throw new BenchError('MESSAGE_LOST', `${what}, is not in the history: ${found} is in its place`);
      }
      if (JSON.stringify(entry.data) !== messages.payloadOf(number)) {
        throw new BenchError('MESSAGE_DAMAGED', `${what}, has other bytes in the history`);
      }
      const before = held[place - 1];
      if (before !== undefined && entry.prevSeqNo !== before.seqNo) {
        throw new BenchError(
          'MESSAGE_DAMAGED',
          `${what}, follows ${entry.prevSeqNo} in the history, not ${before.seqNo}`,
        );
      }
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#onReady?.reject(error);
    for (const { reject } of this.#readings.values()) reject(error);
    this.#readings.clear();
    this.#events?.onFault(error);
  }
}
