/**
 * The load: publishes ticks and checks what every subscriber gets of them, in one of two ways.
 *
 * Closed: a tick is published when every subscriber has the price of the one before and the publisher has its ack, so
 * nothing waits anywhere. Open: ticks are published at a fixed rate, whoever keeps up; some readers may stop to read
 * meanwhile, and afterwards everybody must get what is still owed. The first thing that is not as it must be ends the run.
 */

import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { BenchError } from '../errors.ts';
import type { LoadSample } from '../load/closed-loop.ts';
import { answerPing, type Peer } from '../load/peer.ts';
import { MAIN_TOPIC, tickOf } from './market.ts';
import type { PriceCheck } from './price-check.ts';

/** How many ticks may be without an ack in an open loop; a server that is slower than the rate delays the publisher. */
const UNACKNOWLEDGED_MAX = 4_096;

/** How often the open loop looks whether a tick is due. */
const LOOK_MS = 1;

export interface ClosedBounds {
  readonly durationMs: number;
  readonly messagesMax: number;
  readonly ticksPerTurn: number;
}

export interface OpenBounds {
  readonly ticksPerSecond: number;
  readonly ticks: number;
  /** So many connections, the first ones, read nothing from the beginning until `settle`. */
  readonly slowReaders: number;
}

interface Waiting {
  /** Something has come: does what is next, and says whether there is nothing left to do. */
  isOver(): boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/** Where a run began. */
interface Started {
  readonly at: number;
  readonly cpu: NodeJS.CpuUsage;
  readonly deliveries: number;
  readonly published: number;
}

export class PriceLoad {
  readonly #publisher: Peer;
  readonly #silenceMsMax: number;
  readonly #idPrefix = randomUUID().slice(0, 8);
  #check: PriceCheck;
  #connections: readonly Peer[] = [];
  #published = 0;
  #missingAcks = 0;
  #heardOf = 0;
  #waiting: Waiting | undefined;
  #started: Started | undefined;
  #failure: unknown;

  /** `check` knows of no subscribers yet. */
  constructor(publisher: Peer, check: PriceCheck, silenceMsMax: number) {
    this.#publisher = publisher;
    this.#silenceMsMax = silenceMsMax;
    this.#check = check;
    this.#listen(publisher.webSocket, 'the publisher', (frame) => this.#onAnswer(frame));
  }

  /** The number that the next tick will have. */
  get published(): number {
    return this.#published;
  }

  /** The connections that are subscribed from now on. */
  listenTo(connections: readonly Peer[], check: PriceCheck): void {
    this.#check = check;
    this.#connections = connections;
    connections.forEach(({ webSocket }, place) => {
      this.#listen(webSocket, `subscriber ${place + 1}`, (frame) => {
        if (check.take(place, frame) === 'ping') answerPing(webSocket, frame);
      });
    });
  }

  /** Publishes turn after turn until a bound is reached. Rejects with `BenchError` at the first fault. */
  async runClosed({ durationMs, messagesMax, ticksPerTurn }: ClosedBounds): Promise<LoadSample> {
    const started = this.#start();
    await this.#until(() => {
      if (this.#missingAcks > 0 || !this.#check.isComplete) return false;
      const messages = this.#published - started.published;
      const isOver = messages > 0 && (performance.now() - started.at >= durationMs || messages >= messagesMax);
      if (!isOver) this.#publish(ticksPerTurn);
      return isOver;
    });
    return this.#sampleSince(started);
  }

  /** Publishes at a fixed rate, and resolves when the last tick is acknowledged; `settle` is to be called then. */
  async runOpen({ ticksPerSecond, ticks, slowReaders }: OpenBounds): Promise<void> {
    const started = this.#start();
    this.#started = started;
    for (const { webSocket } of this.#connections.slice(0, slowReaders)) webSocket.pause();
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - started.at;
      const due = Math.min(ticks, 1 + Math.floor((elapsedMs * ticksPerSecond) / 1_000));
      const now = Math.min(due - (this.#published - started.published), UNACKNOWLEDGED_MAX - this.#missingAcks);
      if (now > 0) this.#publish(now);
    }, LOOK_MS);
    try {
      await this.#until(() => this.#published - started.published === ticks && this.#missingAcks === 0);
    } finally {
      clearInterval(timer);
    }
  }

  /** Lets everybody read again, and resolves when all have what they must get. */
  async settle(): Promise<LoadSample> {
    if (this.#started === undefined) throw new BenchError('PROCESS_FAILED', 'settle comes after an open run');
    for (const connection of this.#connections) connection.webSocket.resume();
    await this.#until(() => this.#check.isComplete);
    return this.#sampleSince(this.#started);
  }

  #start(): Started {
    const { deliveries } = this.#check;
    return { at: performance.now(), cpu: process.cpuUsage(), deliveries, published: this.#published };
  }

  #sampleSince({ at, cpu, deliveries, published }: Started): LoadSample {
    const { user, system } = process.cpuUsage(cpu);
    return {
      messages: this.#published - published,
      deliveries: this.#check.deliveries - deliveries,
      elapsedMs: performance.now() - at,
      cpuMicros: user + system,
    };
  }

  async #until(isOver: () => boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    let heardOf = -1;
    const watch = setInterval(() => {
      if (this.#heardOf === heardOf) this.#fail(this.#check.lost(this.#silenceMsMax));
      heardOf = this.#heardOf;
    }, this.#silenceMsMax);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting = { isOver, resolve, reject };
        this.#look();
      });
    } finally {
      this.#waiting = undefined;
      clearInterval(watch);
    }
  }

  #look(): void {
    if (this.#waiting?.isOver()) this.#waiting.resolve();
  }

  #publish(count: number): void {
    const first = this.#published;
    this.#check.expect(first, count);
    this.#published += count;
    this.#missingAcks += count;
    const { socket, webSocket } = this.#publisher;
    socket.cork();
    for (let number = first; number < first + count; number++) webSocket.send(this.#frameOf(number));
    socket.uncork();
  }

  #frameOf(number: number): string {
    const tick = tickOf(number);
    const messageId = `${this.#idPrefix}-${number}`;
    const payload = { type: 'tick', ...tick };
    return JSON.stringify({ type: 'publish', id: number, topic: MAIN_TOPIC, messageId, payload, key: tick.instrument });
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
  }

  #listen(webSocket: WebSocket, name: string, onFrame: (frame: Buffer) => void): void {
    webSocket.on('message', (data) => {
      this.#heardOf += 1;
      try {
        onFrame(data as Buffer);
      } catch (error) {
        this.#fail(error);
        return;
      }
      this.#look();
    });
    webSocket.on('close', (code) => {
      this.#fail(new BenchError('CONNECTION_LOST', `the connection of ${name} was closed with ${code}`));
    });
  }

  /** The first fault is the one that counts; what follows is its consequence. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#waiting?.reject(this.#failure);
  }
}
