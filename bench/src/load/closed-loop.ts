/**
 * The load: publish a turn, wait until every subscriber has all of it and the publisher has all acks, publish the next.
 *
 * Nothing is sent while something is under way, so no queue can grow and no message can hide in one. The first thing
 * that is not as it must be ends the run.
 */

import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { BenchError } from '../errors.ts';
import { DeliveryCheck } from './delivery-check.ts';
import type { Peer } from './peer.ts';
import { makeTurn } from './turn.ts';

export interface LoadOptions {
  readonly payloadBytes: number;
  readonly messagesPerTurn: number;
  readonly silenceMsMax: number;
}

export interface RunBounds {
  readonly durationMs: number;
  readonly messagesMax: number;
}

/** What one run did. Every delivery in it was checked. */
export interface LoadSample {
  readonly messages: number;
  readonly deliveries: number;
  readonly elapsedMs: number;
  /** CPU time of the load generator itself. */
  readonly cpuMicros: number;
}

interface Run {
  readonly bounds: RunBounds;
  readonly startedAt: number;
  readonly cpuAtStart: NodeJS.CpuUsage;
  messages: number;
  resolve(sample: LoadSample): void;
  reject(error: unknown): void;
}

export class ClosedLoop {
  readonly #options: LoadOptions;
  readonly #publisher: Peer;
  readonly #subscribers: readonly Peer[];
  readonly #idPrefix = randomUUID().slice(0, 8);
  readonly #check: DeliveryCheck;
  #run: Run | undefined;
  #published = 0;
  #missingDeliveries = 0;
  #missingAcks = 0;
  #heardOf = 0;
  #failure: unknown;

  constructor(publisher: Peer, subscribers: readonly Peer[], options: LoadOptions) {
    this.#options = options;
    this.#publisher = publisher;
    this.#subscribers = subscribers;
    this.#check = new DeliveryCheck({
      payloadBytes: options.payloadBytes,
      idPrefix: this.#idPrefix,
      joinedAt: subscribers.map(({ seqNo }) => seqNo),
    });
    this.#listen(publisher.webSocket, 'the publisher', (frame) => this.#onAnswer(frame));
    subscribers.forEach(({ webSocket }, index) => {
      this.#listen(webSocket, `subscriber ${index + 1}`, (frame) => this.#onDelivery(index, webSocket, frame));
    });
  }

  /** Publishes turn after turn until a bound is reached. Rejects with `BenchError` at the first fault. */
  async run(bounds: RunBounds): Promise<LoadSample> {
    if (this.#failure !== undefined) throw this.#failure;
    const watch = this.#watchSilence();
    try {
      return await new Promise<LoadSample>((resolve, reject) => {
        const [startedAt, cpuAtStart] = [performance.now(), process.cpuUsage()];
        this.#run = { bounds, startedAt, cpuAtStart, messages: 0, resolve, reject };
        this.#publishTurn();
      });
    } finally {
      this.#run = undefined;
      clearInterval(watch);
    }
  }

  #publishTurn(): void {
    const { messagesPerTurn: messages, payloadBytes } = this.#options;
    const turn = makeTurn({ first: this.#published, messages, payloadBytes, idPrefix: this.#idPrefix });
    this.#check.expect(turn);
    this.#published += messages;
    this.#missingAcks = messages;
    this.#missingDeliveries = messages * this.#subscribers.length;
    const { socket, webSocket } = this.#publisher;
    socket.cork();
    for (const frame of turn.frames) webSocket.send(frame);
    socket.uncork();
  }

  #onDelivery(subscriber: number, webSocket: WebSocket, frame: Buffer): void {
    const arrival = this.#check.take(subscriber, frame);
    if (arrival === 'message') {
      this.#missingDeliveries -= 1;
      this.#turnMayBeOver();
    } else if (arrival === 'ping') {
      answerPing(webSocket, frame);
    }
  }

  #onAnswer(bytes: Buffer): void {
    const frame = JSON.parse(bytes.toString('utf8')) as { type: string; status?: string };
    if (frame.type === 'ping') {
      answerPing(this.#publisher.webSocket, bytes);
      return;
    }
    if (frame.type !== 'ack' || frame.status !== 'ok' || this.#missingAcks === 0) {
      throw new BenchError('UNEXPECTED_FRAME', `the publisher got ${bytes}`);
    }
    this.#missingAcks -= 1;
    this.#turnMayBeOver();
  }

  #turnMayBeOver(): void {
    if (this.#missingDeliveries > 0 || this.#missingAcks > 0 || this.#run === undefined) return;
    const { bounds, startedAt, cpuAtStart, resolve } = this.#run;
    this.#run.messages += this.#options.messagesPerTurn;
    const { messages } = this.#run;
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs < bounds.durationMs && messages < bounds.messagesMax) {
      this.#publishTurn();
      return;
    }
    const { user, system } = process.cpuUsage(cpuAtStart);
    resolve({ messages, deliveries: messages * this.#subscribers.length, elapsedMs, cpuMicros: user + system });
  }

  #listen(webSocket: WebSocket, name: string, onFrame: (frame: Buffer) => void): void {
    webSocket.on('message', (data) => {
      this.#heardOf += 1;
      try {
        onFrame(data as Buffer);
      } catch (error) {
        this.#fail(error);
      }
    });
    webSocket.on('close', (code) => {
      this.#fail(new BenchError('CONNECTION_LOST', `the connection of ${name} was closed with ${code}`));
    });
  }

  /** The first fault is the one that counts; what follows is its consequence. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#run?.reject(this.#failure);
  }

  #watchSilence(): NodeJS.Timeout {
    const { silenceMsMax } = this.#options;
    let heardOf = -1;
    return setInterval(() => {
      if (this.#heardOf === heardOf) this.#fail(this.#check.lost(silenceMsMax));
      heardOf = this.#heardOf;
    }, silenceMsMax);
  }
}

function answerPing(webSocket: WebSocket, frame: Buffer): void {
  const { time } = JSON.parse(frame.toString('utf8')) as { time: number };
  webSocket.send(JSON.stringify({ type: 'pong', time }));
}
