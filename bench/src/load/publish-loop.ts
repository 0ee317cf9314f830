/**
 * The load of a publisher: a stated number of messages is under way at any time, and each acknowledgement lets the next
 * one go. It is a closed loop: a sink that is slow is asked less often, so latencies are those at this number in flight
 * and not those of a stated rate.
 */

import { BenchError } from '../errors.ts';
import type { Sink } from '../sinks/sink.ts';
import { Latencies, type LatencySummary } from './latencies.ts';

export interface PublishLoopOptions {
  readonly sink: Sink;
  readonly silenceMsMax: number;
}

export interface PublishBounds {
  readonly inFlight: number;
  readonly durationMs: number;
  readonly messagesMax: number;
}

/** What one run did. Every acknowledgement in it was checked. */
export interface PublishSample extends LatencySummary {
  readonly messages: number;
  readonly elapsedMs: number;
  /** CPU time of the load generator itself. */
  readonly cpuMicros: number;
}

interface Run {
  readonly bounds: PublishBounds;
  /** The number of its first message. */
  readonly first: number;
  readonly startedAt: number;
  readonly cpuAtStart: NodeJS.CpuUsage;
  readonly latencies: Latencies;
  /** When each message was put in; NaN once it was acknowledged. */
  readonly putAt: Float64Array;
  missing: number;
  acknowledged: number;
  resolve(sample: PublishSample): void;
  reject(error: unknown): void;
}

export class PublishLoop {
  readonly #options: PublishLoopOptions;
  #run: Run | undefined;
  #next = 0;
  #failure: unknown;

  constructor(options: PublishLoopOptions) {
    this.#options = options;
    options.sink.listen({
      onAcknowledged: (number) => this.#onAcknowledged(number),
      onFault: (error) => this.#fail(error),
    });
  }

  /** Publishes until a bound is reached and all is answered. Rejects with `BenchError` at the first fault. */
  async run(bounds: PublishBounds): Promise<PublishSample> {
    if (this.#failure !== undefined) throw this.#failure;
    const watch = this.#watchSilence();
    try {
      return await new Promise<PublishSample>((resolve, reject) => {
        const { messagesMax, inFlight } = bounds;
        const run: Run = {
          bounds,
          first: this.#next,
          startedAt: performance.now(),
          cpuAtStart: process.cpuUsage(),
          latencies: new Latencies(messagesMax),
          putAt: new Float64Array(messagesMax).fill(Number.NaN),
          missing: 0,
          acknowledged: 0,
          resolve,
          reject,
        };
        this.#run = run;
        for (let count = Math.min(inFlight, messagesMax); count > 0; count--) this.#put(run, performance.now());
      });
    } finally {
      this.#run = undefined;
      clearInterval(watch);
    }
  }

  #put(run: Run, now: number): void {
    const number = this.#next++;
    run.putAt[number - run.first] = now;
    run.missing += 1;
    this.#options.sink.put(number);
  }

  #onAcknowledged(number: number): void {
    const run = this.#run;
    const putAt = run?.putAt[number - run.first] ?? Number.NaN;
    if (run === undefined || Number.isNaN(putAt)) {
      this.#fail(new BenchError('UNEXPECTED_FRAME', `message ${number} was acknowledged though nobody waited for it`));
      return;
    }
    const now = performance.now();
    run.putAt[number - run.first] = Number.NaN;
    run.latencies.add(now - putAt);
    run.missing -= 1;
    run.acknowledged += 1;
    const { durationMs, messagesMax } = run.bounds;
    const isOver = now - run.startedAt >= durationMs || this.#next - run.first >= messagesMax;
    if (!isOver) this.#put(run, now);
    else if (run.missing === 0) this.#end(run, now);
  }

  #end(run: Run, now: number): void {
    const { user, system } = process.cpuUsage(run.cpuAtStart);
    const { acknowledged: messages, latencies, startedAt } = run;
    run.resolve({ messages, elapsedMs: now - startedAt, cpuMicros: user + system, ...latencies.summary() });
  }

  /** The first fault is the one that counts; what follows is its consequence. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#run?.reject(this.#failure);
  }

  #watchSilence(): NodeJS.Timeout {
    const { silenceMsMax } = this.#options;
    let acknowledged = -1;
    return setInterval(() => {
      const run = this.#run;
      if (run === undefined) return;
      if (run.acknowledged === acknowledged) {
        const number = run.first + run.putAt.findIndex((putAt) => !Number.isNaN(putAt));
        this.#fail(new BenchError('MESSAGE_LOST', `message ${number} was not acknowledged within ${silenceMsMax} ms`));
      }
      acknowledged = run.acknowledged;
    }, silenceMsMax);
  }
}
