/**
 * The load: publish a turn, wait until every subscriber has all of it and the publisher has all acks, publish the next.
 *
 * Nothing is sent while something is under way, so no queue can grow and no message can hide in one. The first thing
 * that is not as it must be ends the run.
 */

import { randomUUID } from 'node:crypto';
import type { Dialect, Inbox } from '../dialects/dialect.ts';
import { BenchError } from '../errors.ts';
import { DeliveryCheck } from './delivery-check.ts';
import type { Peer } from './peer.ts';
import { makeTurn } from './turn.ts';

export interface LoopOptions {
  readonly dialect: Dialect;
  readonly subscribers: number;
  readonly silenceMsMax: number;
}

/** What is published, and for how long. */
export interface RunBounds {
  readonly payloadBytes: number;
  readonly messagesPerTurn: number;
  readonly durationMs: number;
  readonly messagesMax: number;
  /** For this long the load generator stands still at each delivery, to see what a slow one changes. Default 0. */
  readonly loadDelayMicros?: number;
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
  readonly delayMs: number;
  readonly startedAt: number;
  readonly cpuAtStart: NodeJS.CpuUsage;
  messages: number;
  resolve(sample: LoadSample): void;
  reject(error: unknown): void;
}

export class ClosedLoop {
  readonly #options: LoopOptions;
  readonly #idPrefix = randomUUID().slice(0, 8);
  readonly #check: DeliveryCheck;
  #publisher: Peer | undefined;
  #run: Run | undefined;
  #published = 0;
  #missingDeliveries = 0;
  #missingAcks = 0;
  #heardOf = 0;
  #failure: unknown;

  constructor(options: LoopOptions) {
    this.#options = options;
    const { dialect, subscribers } = options;
    this.#check = new DeliveryCheck({ envelope: dialect.envelope, idPrefix: this.#idPrefix, subscribers });
  }

  setPublisher(peer: Peer): void {
    this.#publisher = peer;
    this.#listen(peer, { acknowledged: () => this.#onAck() });
  }

  /** `place` counts from 0. */
  addSubscriber(peer: Peer, place: number): void {
    this.#check.join(place, peer.seqNo);
    this.#listen(peer, { delivery: (bytes) => this.#onDelivery(place, bytes) });
  }

  /** Publishes turn after turn until a bound is reached. Rejects with `BenchError` at the first fault. */
  async run(bounds: RunBounds): Promise<LoadSample> {
    if (this.#failure !== undefined) throw this.#failure;
    const publisher = this.#publisher;
    if (publisher === undefined) throw new BenchError('PROCESS_FAILED', 'a publisher comes before the first run');
    const watch = this.#watchSilence();
    try {
      return await new Promise<LoadSample>((resolve, reject) => {
        const delayMs = (bounds.loadDelayMicros ?? 0) / 1_000;
        const [startedAt, cpuAtStart] = [performance.now(), process.cpuUsage()];
        this.#run = { bounds, delayMs, startedAt, cpuAtStart, messages: 0, resolve, reject };
        this.#publishTurn(publisher, bounds);
      });
    } finally {
      this.#run = undefined;
      clearInterval(watch);
    }
  }

  #publishTurn({ socket, webSocket }: Peer, { messagesPerTurn: messages, payloadBytes }: RunBounds): void {
    const { dialect, subscribers } = this.#options;
    const turn = makeTurn({ first: this.#published, messages, payloadBytes, idPrefix: this.#idPrefix, dialect });
    this.#check.expect(turn);
    this.#published += messages;
    this.#missingAcks = dialect.acknowledges ? messages : 0;
    this.#missingDeliveries = messages * subscribers;
    socket.cork();
    for (const message of turn.outgoing) webSocket.send(message);
    socket.uncork();
  }

  #onDelivery(subscriber: number, bytes: Buffer): void {
    if (this.#check.take(subscriber, bytes) === 'ahead') return;
    standStill(this.#run?.delayMs ?? 0);
    this.#missingDeliveries -= 1;
    this.#turnMayBeOver();
  }

  #onAck(): void {
    if (this.#missingAcks === 0) throw new BenchError('UNEXPECTED_FRAME', 'the publisher got an ack more than it sent');
    this.#missingAcks -= 1;
    this.#turnMayBeOver();
  }

  #turnMayBeOver(): void {
    if (this.#missingDeliveries > 0 || this.#missingAcks > 0 || this.#run === undefined) return;
    const { bounds, startedAt, cpuAtStart, resolve } = this.#run;
    this.#run.messages += bounds.messagesPerTurn;
    const { messages } = this.#run;
    const elapsedMs = performance.now() - startedAt;
    if (this.#publisher !== undefined && elapsedMs < bounds.durationMs && messages < bounds.messagesMax) {
      this.#publishTurn(this.#publisher, bounds);
      return;
    }
    const { user, system } = process.cpuUsage(cpuAtStart);
    resolve({ messages, deliveries: messages * this.#options.subscribers, elapsedMs, cpuMicros: user + system });
  }

  #listen({ name, webSocket, session }: Peer, hears: Partial<Inbox>): void {
    const surprise = (): never => {
      throw new BenchError('UNEXPECTED_FRAME', 'got something that it did not ask for');
    };
    const say: Inbox['say'] = (message) => webSocket.send(message);
    const inbox: Inbox = { ready: surprise, delivery: surprise, acknowledged: surprise, say, ...hears };
    webSocket.on('message', (data) => {
      this.#heardOf += 1;
      try {
        session.read(data as Buffer, inbox);
      } catch (error) {
        this.#fail(naming(name, error));
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

/** What a session or an envelope throws does not know who it was. */
function naming(name: string, error: unknown): unknown {
  if (!(error instanceof BenchError) || !error.message.startsWith('got ')) return error;
  return new BenchError(error.code, `${name} ${error.message}`);
}

/** Busy, as a slow program is, and not asleep: a timer knows no microseconds. */
function standStill(ms: number): void {
  if (ms === 0) return;
  const until = performance.now() + ms;
  while (performance.now() < until);
}
