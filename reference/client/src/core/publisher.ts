/**
 * Publishes, from the program's call to the final answer (§4.4, §9.1).
 *
 * Theory of operation. A publish is encoded once, when the program asks for it, so what is sent again is the same to
 * the byte and carries the same messageId. It is then in one of three places: `#waiting`, which has never been sent;
 * `#unanswered`, which is on its way; `#again`, which was sent and must be sent once more, because the link was lost or
 * the gateway refused it for now. What is in `#again` goes first, in the order of the program's calls.
 *
 * After a lost link everything unanswered is sent again at once: a gateway reads one connection in order, so what it
 * stored of the first sending is a beginning of it. After a refusal that is not so: later ones may have been stored.
 * From then on, until nothing refused is left, there is one publish unanswered at a time, as the page asks for. Who must
 * keep the order even through the first refusal sets `publishesInFlightMax: 1`.
 *
 * Bounds. `publishQueueMax` waiting ones, beyond which the call is rejected; unanswered ones up to what the gateway
 * allows; and nothing is sent while `sendBufferBytesMax` bytes have not left yet.
 */

import { type AckFrame, type FrameBody, type Position, ProtocolError, type ReadyFrame } from '@micro-socket/protocol';
import type { Clock, Random, Timer } from '@micro-socket/transport';
import { backOffMs } from './back-off.ts';
import { TIMER_MS_MAX } from './bound.ts';
import type { Counters } from './counters.ts';
import { PublishQueueFullError, PublishTimeoutError } from './errors.ts';
import { Fifo } from './fifo.ts';
import { mayRetry } from './protocol-error.ts';

/** Where a published message stands, and whether this publish put it there. */
export interface PublishReceipt {
  readonly status: 'ok' | 'duplicate';
  readonly position: Position;
}

/** What a publisher needs of a link. */
export interface PublishLink {
  readonly bufferedBytes: number;
  sendBody(body: FrameBody): void;
}

export interface PublisherSettings {
  /** Whether publishes are kept and sent again; otherwise every refusal and every lost link rejects the call. */
  readonly keeps: boolean;
  /** Whether what is kept is sent again after a refusal that may pass. */
  readonly retriesRefused: boolean;
  readonly queueMax: number;
  /** 0: never. */
  readonly timeoutMs: number;
  readonly inFlightMax: number;
  readonly sendBufferBytesMax: number;
}

/** A publish as it travels. */
export interface EncodedPublish {
  /** Of the frame; never used before. Rises with each publish. */
  readonly id: number;
  readonly messageId: string;
  readonly body: FrameBody;
}

interface Entry extends EncodedPublish {
  readonly askedAt: number;
  readonly resolve: (receipt: PublishReceipt) => void;
  readonly reject: (error: Error) => void;
  sentAt: number | undefined;
  /** When it was first sent of the times that nobody answered. */
  unansweredSince: number | undefined;
  refusals: number;
  /** The program has its answer; what may still come is for nobody. */
  settled: boolean;
}

/** How often a full socket is looked at, where nothing tells that it has drained, in milliseconds. */
const DRAIN_POLL_MS = 50;

export class Publisher {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #settings: PublisherSettings;
  readonly #counters: Counters;
  readonly #waiting = new Fifo<Entry>();
  readonly #unanswered = new Map<number, Entry>();
  /** In the order of their ids. */
  #again: Entry[] = [];
  #link: PublishLink | undefined;
  #ready: ReadyFrame | undefined;
  #oneAtATime = false;
  #pauseUntil = 0;
  #pauseTimer: Timer | undefined;
  #timeoutTimer: Timer | undefined;

  constructor(clock: Clock, random: Random, settings: PublisherSettings, counters: Counters) {
    this.#clock = clock;
    this.#random = random;
    this.#settings = settings;
    this.#counters = counters;
  }

  /** Takes a publish over. Rejects with `PublishQueueFullError`, and with what `ProtocolError` it was refused for. */
  publish(publish: EncodedPublish): Promise<PublishReceipt> {
    const full = this.#whyFull();
    if (full !== undefined) return Promise.reject(full);
    return new Promise((resolve, reject) => {
      const asked = { ...publish, askedAt: this.#clock.now(), resolve, reject };
      this.#waiting.push({ ...asked, sentAt: undefined, unansweredSince: undefined, refusals: 0, settled: false });
      this.#watchTimeout();
      this.#pump();
    });
  }

  /** There is a link again. */
  attach(link: PublishLink, ready: ReadyFrame): void {
    this.#link = link;
    this.#ready = ready;
    this.#pauseUntil = 0;
    this.#pump();
  }

  /** The link is lost: nobody knows what became of what was on its way. */
  detach(): void {
    this.#link = undefined;
    this.#pauseTimer?.cancel();
    for (const entry of this.#unanswered.values()) {
      entry.unansweredSince ??= entry.sentAt;
      if (!entry.settled) this.#again.push(entry);
    }
    this.#unanswered.clear();
    this.#again.sort((a, b) => a.id - b.id);
  }

  /** There will be no link any more. */
  end(error: Error): void {
    this.detach();
    this.#timeoutTimer?.cancel();
    const left = [...this.#again, ...this.#waiting.clear()];
    this.#again = [];
    for (const entry of left) settleWith(entry, error);
  }

  onWritable(): void {
    this.#pump();
  }

  /** Whether the answer is for a publish; then it has been dealt with. */
  onAck({ id, status, epoch, seqNo }: AckFrame): boolean {
    const entry = this.#answered(id);
    if (entry === undefined) return false;
    if (!entry.settled) {
      entry.settled = true;
      entry.resolve({ status, position: { epoch, seqNo, messageId: entry.messageId } });
    }
    this.#pump();
    return true;
  }

  /** As `onAck`, for a publish that was refused. */
  onRefused(id: number | undefined, error: ProtocolError): boolean {
    const entry = this.#answered(id);
    if (entry === undefined) return false;
    const { keeps, retriesRefused } = this.#settings;
    if (keeps && retriesRefused && mayRetry(error) && !entry.settled) this.#keep(entry, error);
    else settleWith(entry, error);
    this.#pump();
    return true;
  }

  #whyFull(): Error | undefined {
    const { keeps, queueMax } = this.#settings;
    if (keeps) return this.#waiting.length < queueMax ? undefined : new PublishQueueFullError(queueMax);
    const max = this.#unansweredMax();
    if (this.#unanswered.size + this.#waiting.length < max) return undefined;
    return new ProtocolError('TOO_MANY_UNACKNOWLEDGED', `${max} publishes wait for their answer; wait for some first.`);
  }

  #unansweredMax(): number {
    const allowed = this.#ready?.limits.unacknowledgedPublishesMax ?? 0;
    return this.#oneAtATime ? 1 : Math.min(allowed, this.#settings.inFlightMax);
  }

  #answered(id: number | undefined): Entry | undefined {
    if (id === undefined) return undefined;
    const entry = this.#unanswered.get(id);
    this.#unanswered.delete(id);
    return entry;
  }

  /** It goes back to its place, and what comes after it waits. */
  #keep(entry: Entry, error: ProtocolError): void {
    entry.refusals += 1;
    this.#again.push(entry);
    this.#again.sort((a, b) => a.id - b.id);
    this.#oneAtATime = true;
    const waitMs = Math.max(error.afterMs ?? 0, backOffMs(this.#random, entry.refusals));
    this.#pauseUntil = Math.max(this.#pauseUntil, this.#clock.now() + Math.min(waitMs, TIMER_MS_MAX));
  }

  #pump(): void {
    while (this.#link !== undefined && this.#unanswered.size < this.#unansweredMax()) {
      if (this.#again.length === 0 && this.#waiting.length === 0) return;
      const pauseMs = this.#pauseMs(this.#link);
      if (pauseMs > 0) {
        this.#pumpAfter(pauseMs);
        return;
      }
      const entry = this.#next();
      if (entry !== undefined) this.#send(entry, this.#link);
    }
  }

  #pauseMs({ bufferedBytes }: PublishLink): number {
    return bufferedBytes > this.#settings.sendBufferBytesMax ? DRAIN_POLL_MS : this.#pauseUntil - this.#clock.now();
  }

  #pumpAfter(ms: number): void {
    this.#pauseTimer?.cancel();
    this.#pauseTimer = this.#clock.after(ms, () => this.#pump());
  }

  #next(): Entry | undefined {
    const entry = this.#again.shift();
    if (entry !== undefined) return entry;
    // Nothing that was refused is left.
    this.#oneAtATime = false;
    return this.#waiting.shift();
  }

  #send(entry: Entry, link: PublishLink): void {
    const now = this.#clock.now();
    if (this.#isForgotten(entry, now)) {
      const why = 'its dedup window has passed, so sending it again could store it twice';
      settleWith(entry, new PublishTimeoutError(entry.messageId, why, true));
      return;
    }
    if (entry.sentAt !== undefined) this.#counters.publishesSentAgain += 1;
    entry.sentAt = now;
    this.#unanswered.set(entry.id, entry);
    try {
      link.sendBody(entry.body);
    } catch (error) {
      this.#unanswered.delete(entry.id);
      settleWith(entry, error as Error);
    }
  }

  /** After the dedup window the same messageId would make a second message (I2). */
  #isForgotten({ unansweredSince }: Entry, now: number): boolean {
    if (this.#settings.timeoutMs === 0 || unansweredSince === undefined) return false;
    return now - unansweredSince >= (this.#ready?.dedupWindowMs ?? 0);
  }

  #watchTimeout(): void {
    const { timeoutMs, keeps } = this.#settings;
    if (timeoutMs === 0 || !keeps || this.#timeoutTimer !== undefined) return;
    const oldest = this.#oldestAskedAt();
    if (oldest === undefined) return;
    this.#timeoutTimer = this.#clock.after(oldest + timeoutMs - this.#clock.now(), () => {
      this.#timeoutTimer = undefined;
      this.#giveUpBefore(this.#clock.now() - timeoutMs);
      this.#watchTimeout();
      this.#pump();
    });
  }

  #oldestAskedAt(): number | undefined {
    let oldest = this.#waiting.peek()?.askedAt;
    for (const { askedAt, settled } of [...this.#again, ...this.#unanswered.values()]) {
      if (!settled) oldest = Math.min(oldest ?? askedAt, askedAt);
    }
    return oldest;
  }

  /** Gives up what was asked for at this moment or before. An unanswered one keeps its place at the gateway. */
  #giveUpBefore(moment: number): void {
    const late = ({ askedAt }: Entry) => askedAt <= moment;
    const why = `no final answer came within ${this.#settings.timeoutMs} ms (publishTimeoutMs)`;
    for (const entry of [...this.#unanswered.values()].filter(late)) {
      settleWith(entry, new PublishTimeoutError(entry.messageId, why, true));
    }
    for (const entry of this.#again.filter(late)) {
      settleWith(entry, new PublishTimeoutError(entry.messageId, why, entry.unansweredSince !== undefined));
    }
    this.#again = this.#again.filter((entry) => !late(entry));
    for (let next = this.#waiting.peek(); next !== undefined && late(next); next = this.#waiting.peek()) {
      this.#waiting.shift();
      settleWith(next, new PublishTimeoutError(next.messageId, why, false));
    }
  }
}

function settleWith(entry: Entry, error: Error): void {
  if (entry.settled) return;
  entry.settled = true;
  entry.reject(error);
}
