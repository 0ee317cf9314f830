/**
 * One direction of a connection: what is given at one end comes out at the other, whole and in order, as with TCP.
 *
 * A packet travels for as long as the path says, and never overtakes another. While the path is closed it waits, as
 * TCP sends again; a dead lane takes everything and delivers nothing, as when the other host has lost its power. What
 * has come waits for a reader that has paused. Until the reader has it, it counts as unsent, so a sender feels both.
 */

import type { VirtualTime } from '../time/virtual-time.ts';
import type { Paths } from './paths.ts';

export interface LaneOptions {
  readonly time: VirtualTime;
  readonly paths: Paths;
  readonly from: string;
  readonly to: string;
  /** Unread bytes at which the sender is told to wait. */
  readonly highWaterBytes: number;
  readonly onDrained: () => void;
}

interface Packet {
  readonly bytes: number;
  readonly deliver: () => void;
  readyAt: number;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #packets: Packet[] = [];
  readonly #forget: () => void;
  #lastReadyAt = 0;
  #bufferedBytes = 0;
  #wasFull = false;
  #paused = false;
  #dead = false;
  #ended = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#forget = options.paths.onOpen(() => this.#lookSoon(0));
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** When what was given last will have come, as far as is known. */
  get lastReadyAt(): number {
    return this.#lastReadyAt;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** Returns false when the reader does not keep up. */
  give(bytes: number, deliver: () => void): boolean {
    if (this.#ended) return true;
    const { time, paths, highWaterBytes } = this.#options;
    this.#lastReadyAt = Math.max(this.#lastReadyAt, time.now + paths.delayMs());
    this.#packets.push({ bytes, deliver, readyAt: this.#lastReadyAt });
    this.#bufferedBytes += bytes;
    this.#wasFull ||= this.#bufferedBytes >= highWaterBytes;
    this.#lookSoon(this.#lastReadyAt - time.now);
    return !this.#wasFull;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#lookSoon(0);
  }

  /** From now on nothing comes out. */
  die(): void {
    this.#dead = true;
  }

  /** What is under way is lost, and nothing is taken any more. */
  end(): void {
    this.#ended = true;
    this.#packets.length = 0;
    this.#forget();
  }

  #lookSoon(ms: number): void {
    if (this.#packets.length > 0) this.#options.time.after(ms, () => this.#look());
  }

  /** Hands one packet over; the next one comes in a moment of its own. */
  #look(): void {
    const { time, paths, from, to } = this.#options;
    const [packet] = this.#packets;
    if (packet === undefined || packet.readyAt > time.now) return;
    if (this.#paused || this.#dead || !paths.isOpen(from, to)) return;
    this.#packets.shift();
    this.#bufferedBytes -= packet.bytes;
    packet.deliver();
    const next = this.#packets[0];
    if (next !== undefined) this.#lookSoon(Math.max(0, next.readyAt - time.now));
    this.#tellDrained();
  }

  #tellDrained(): void {
    if (!this.#wasFull || this.#bufferedBytes > 0 || this.#ended) return;
    this.#wasFull = false;
    this.#options.onDrained();
  }
}
