/**
 * One timer for all sub-sockets of a gateway: finds those that have gone quiet (§5.7) and those that are late (§5.8).
 *
 * It runs while there is something to look at. A quiet topic is looked at at growing intervals, so that a hundred
 * thousand of them cost next to nothing.
 */

import type { Clock, Timer } from '@micro-socket/transport';
import { LatencyMonitor } from './latency.ts';
import type { Counters } from './stats.ts';
import type { SubSocket } from './sub-socket.ts';

const TICK_MS = 1_000;

/** For how long after its last message a topic is looked at in every tick. */
const ACTIVE_MS = 10_000;

/** The longest pause between two `head` frames, as a multiple of the first. */
const QUIET_FACTOR_MAX = 16;

/** What is known of the rhythm of one sub-socket. */
interface Rhythm {
  readonly monitor: LatencyMonitor;
  lastEntryAt: number;
  /** When `head` is due, unless something comes before. */
  headDueAt: number;
  headFactor: number;
  /** The tick at which it is looked at next. */
  dueTick: number;
}

export interface PulseOptions {
  readonly clock: Clock;
  readonly headIntervalMs: number;
  readonly objectiveMs: number;
  readonly counters: Counters;
}

export class Pulse {
  readonly #options: PulseOptions;
  readonly #rhythms = new Map<SubSocket, Rhythm>();
  /** Sub-sockets by the tick at which they are to be looked at. */
  readonly #due = new Map<number, Set<SubSocket>>();
  #timer: Timer | undefined;

  constructor(options: PulseOptions) {
    this.#options = options;
  }

  /** How many sub-sockets are watched. */
  get size(): number {
    return this.#rhythms.size;
  }

  /** Begins to watch a sub-socket. */
  add(subSocket: SubSocket): void {
    const { clock, headIntervalMs, objectiveMs } = this.#options;
    const now = clock.now();
    const headDueAt = now + headIntervalMs;
    const rhythm: Rhythm = {
      monitor: new LatencyMonitor({ objectiveMs }),
      lastEntryAt: Number.NEGATIVE_INFINITY,
      headDueAt,
      headFactor: 1,
      dueTick: Number.POSITIVE_INFINITY,
    };
    this.#rhythms.set(subSocket, rhythm);
    this.#lookAt(subSocket, rhythm, headDueAt);
  }

  remove(subSocket: SubSocket): void {
    const rhythm = this.#rhythms.get(subSocket);
    if (rhythm === undefined) return;
    this.#forgetDue(subSocket, rhythm);
    this.#rhythms.delete(subSocket);
    if (this.#rhythms.size > 0) return;
    this.#due.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A message was handed over, this long after it was stored. */
  record(subSocket: SubSocket, lagMs: number): void {
    const rhythm = this.#rhythms.get(subSocket);
    if (rhythm === undefined) return;
    const now = this.#options.clock.now();
    this.#lookAt(subSocket, rhythm, now + TICK_MS);
    rhythm.lastEntryAt = now;
    rhythm.headDueAt = now + this.#options.headIntervalMs;
    rhythm.headFactor = 1;
    rhythm.monitor.record(lagMs, now);
  }

  /** Latency of one topic since its sub-socket was opened. */
  monitorOf(subSocket: SubSocket): LatencyMonitor | undefined {
    return this.#rhythms.get(subSocket)?.monitor;
  }

  /** Plans the next look; an earlier one stays. */
  #lookAt(subSocket: SubSocket, rhythm: Rhythm, at: number): void {
    const tick = Math.ceil(at / TICK_MS);
    if (tick >= rhythm.dueTick) return;
    this.#forgetDue(subSocket, rhythm);
    rhythm.dueTick = tick;
    const known = this.#due.get(tick);
    if (known === undefined) this.#due.set(tick, new Set([subSocket]));
    else known.add(subSocket);
    this.#timer ??= this.#options.clock.after(TICK_MS, () => this.#tick());
  }

  #forgetDue(subSocket: SubSocket, rhythm: Rhythm): void {
    const bucket = this.#due.get(rhythm.dueTick);
    bucket?.delete(subSocket);
    if (bucket?.size === 0) this.#due.delete(rhythm.dueTick);
    rhythm.dueTick = Number.POSITIVE_INFINITY;
  }

  #tick(): void {
    this.#timer = undefined;
    const now = this.#options.clock.now();
    const past = Math.floor(now / TICK_MS);
    for (const tick of [...this.#due.keys()].filter((due) => due <= past)) {
      const subSockets = this.#due.get(tick) as Set<SubSocket>;
      this.#due.delete(tick);
      for (const subSocket of subSockets) this.#look(subSocket, now);
    }
    if (this.#due.size > 0) this.#timer ??= this.#options.clock.after(TICK_MS, () => this.#tick());
  }

  #look(subSocket: SubSocket, now: number): void {
    const rhythm = this.#rhythms.get(subSocket);
    if (rhythm === undefined) return;
    rhythm.dueTick = Number.POSITIVE_INFINITY;
    const change = rhythm.monitor.tick(now);
    if (change !== undefined) subSocket.latencyIs(change);
    if (now >= rhythm.headDueAt) this.#announceHead(subSocket, rhythm, now);
    const isActive = now - rhythm.lastEntryAt < ACTIVE_MS;
    this.#lookAt(subSocket, rhythm, isActive ? now + TICK_MS : rhythm.headDueAt);
  }

  #announceHead(subSocket: SubSocket, rhythm: Rhythm, now: number): void {
    subSocket.announceHead();
    rhythm.headFactor = Math.min(rhythm.headFactor * 2, QUIET_FACTOR_MAX);
    rhythm.headDueAt = now + this.#options.headIntervalMs * rhythm.headFactor;
  }
}
