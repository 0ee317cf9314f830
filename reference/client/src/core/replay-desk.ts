/**
 * The replays of one client: how many are under way at once, and when one that was refused for now is asked for again.
 *
 * A gateway has a bound of its own (`replaysPerConnectionMax`) that it does not tell, so TOO_MANY_REPLAYS can happen all
 * the same; then all that wait, the refused one first, wait a little longer.
 */

import type { LiveFrame, ProtocolError } from '@micro-socket/protocol';
import type { Clock, Random, Timer } from '@micro-socket/transport';
import { backOffMs } from './back-off.ts';
import type { Counters } from './counters.ts';
import { mayRetry } from './protocol-error.ts';

export interface ReplayRequest {
  readonly topic: string;
  readonly fromSeqNo: number;
  readonly toSeqNo: number;
}

export interface ReplayDeskPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  /** Sends one replay; resolves with the frame that ends it. */
  readonly ask: (request: ReplayRequest) => Promise<LiveFrame>;
}

interface Job {
  readonly request: ReplayRequest;
  readonly onSent: () => void;
  readonly resolve: (live: LiveFrame) => void;
  readonly reject: (error: Error) => void;
  refusals: number;
}

/** As many as a gateway serves at once by default. */
const UNDER_WAY_MAX = 16;

/** A replay that was refused this often is given up. */
const REFUSALS_MAX = 5;

export class ReplayDesk {
  readonly #ports: ReplayDeskPorts;
  /** One for each subscription at most. */
  #waiting: Job[] = [];
  #underWay = 0;
  #pause: Timer | undefined;

  constructor(ports: ReplayDeskPorts) {
    this.#ports = ports;
  }

  /** `onSent` is called when the request goes out. Rejects with what the gateway refused it for in the end. */
  replay(request: ReplayRequest, onSent: () => void): Promise<LiveFrame> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, onSent, resolve, reject, refusals: 0 });
      this.#pump();
    });
  }

  /** The link is lost, and with it every request. */
  reset(error: Error): void {
    this.#pause?.cancel();
    this.#pause = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #pump(): void {
    while (this.#pause === undefined && this.#underWay < UNDER_WAY_MAX) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#start(job);
    }
  }

  #start(job: Job): void {
    this.#underWay += 1;
    this.#ports.counters.replays += 1;
    job.onSent();
    this.#ports.ask(job.request).then(
      (live) => {
        this.#ended();
        job.resolve(live);
      },
      (error: Error) => {
        if (mayRetry(error) && job.refusals < REFUSALS_MAX) this.#again(job, error);
        else job.reject(error);
        this.#ended();
      },
    );
  }

  #again(job: Job, error: ProtocolError): void {
    job.refusals += 1;
    this.#waiting.unshift(job);
    const waitMs = Math.max(error.afterMs ?? 0, backOffMs(this.#ports.random, job.refusals));
    this.#pause ??= this.#ports.clock.after(waitMs, () => {
      this.#pause = undefined;
      this.#pump();
    });
  }

  #ended(): void {
    this.#underWay -= 1;
    this.#pump();
  }
}
