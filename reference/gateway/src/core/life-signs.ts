/**
 * Tells the other gateways of a backbone that this one lives, and knows which of them have fallen silent (§4.8).
 *
 * Theory of operation. Each gateway that has to do with presence publishes a sign three times in each `gatewayLivenessMs`,
 * on one topic that all of them read, with its id as the key. A gateway that was not heard of for longer is *gone*. When a
 * sign was published does not matter, only when it is heard here, so clocks need not agree.
 *
 * Silence can have another reason than the end of the one who is silent: this gateway may have been asleep, or the way to
 * the backbone blocked, or the backbone overloaded. In all of these cases it does not hear its own signs either. So it
 * measures by them: time passes from one sign of its own to the next, and when one comes late, all counting begins anew.
 * The topic has one order, so whoever has said nothing between this gateway's signs has truly said nothing. Whatever
 * shall be done about those who are gone is done when an own sign was heard, and then it is known that publishing works.
 *
 * That somebody is gone is a suspicion and no more. One who comes back puts right what was done in the meantime.
 *
 * Its weak spot: where this gateway's signs are late again and again, it finds nobody dead.
 *
 * What this is not: it has no list of the gateways. One that it has never heard of counts from when it became known.
 */

import { type Backbone, type Entry, entrySizeOf, TopicFollower, type TopicSnapshot } from '@micro-socket/backbone';
import type { JsonValue, Limits } from '@micro-socket/protocol';
import type { Clock, Random, Timer } from '@micro-socket/transport';
import { GATEWAYS_TOPIC } from './derived-topics.ts';
import type { GatewayMessages } from './gateway-messages.ts';
import { notAName } from './not-a-name.ts';
import { Retries } from './retries.ts';

const SIGNS_PER_LIVENESS = 3;

/** How much later than the one before a sign may be heard, as a multiple of the time between two of them. */
const LATE_FACTOR = 1.5;

/** How many gateways are remembered. Beyond that the one that was not heard of for longest counts as never heard of. */
const GATEWAYS_MAX = 10_000;

export interface LifeSignsOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Pick<Limits, 'gatewayLivenessMs' | 'presenceGraceMs'>;
  readonly messages: GatewayMessages;
  /** Called when an own sign was heard: the moment to look who is gone. */
  readonly onSign: () => void;
  /** Hears of a sign that cannot be given. Must not throw. */
  readonly onInternalError: (error: unknown) => void;
}

interface Heard {
  /** In `timeMs`. */
  readonly at: number;
  readonly livenessMs: number;
}

/** One time of giving and hearing signs, from `start` to `stop`. */
interface Run {
  readonly feed: TopicFollower;
  readonly retries: Retries;
  timer: Timer | undefined;
  /** The messageId of the newest sign. */
  newest: string;
}

export class LifeSigns {
  readonly #options: LifeSignsOptions;
  readonly #intervalMs: number;
  /** The one that was heard of last comes last. */
  readonly #heard = new Map<string, Heard>();
  #run: Run | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** When an own sign was heard last, by the clock. */
  #ownAt = 0;
  /** The same in `timeMs`. Nothing after it is counted. */
  #passedMs = 0;
  /** In `timeMs`. Nothing before it is counted. */
  #countsFrom = 0;
  #isClosed = false;

  constructor(options: LifeSignsOptions) {
    this.#options = options;
    this.#intervalMs = Math.max(1, Math.floor(options.limits.gatewayLivenessMs / SIGNS_PER_LIVENESS));
  }

  /** How much time has passed while this gateway heard itself, in milliseconds. A clock that is set does not move it far. */
  get timeMs(): number {
    const sinceMs = this.#options.clock.now() - this.#ownAt;
    return this.#passedMs + Math.min(Math.max(sinceMs, 0), this.#lateMs);
  }

  get #lateMs(): number {
    return LATE_FACTOR * this.#intervalMs;
  }

  /** Gives signs and hears those of others from now on. However often it is started, signs come no more often. */
  start(): void {
    if (this.#run !== undefined || this.#isClosed) return;
    const { backbone, clock, random } = this.#options;
    const feed = new TopicFollower({
      backbone,
      clock,
      topic: GATEWAYS_TOPIC,
      onState: (state) => this.#load(state),
      onEntry: (entry) => this.#hear(entry),
      // It is read anew with the next sign, and until then nobody is gone.
      onStale: () => {},
    });
    const run: Run = { feed, retries: new Retries(clock, random), timer: undefined, newest: '' };
    this.#run = run;
    const sinceMs = clock.now() - this.#toldAt;
    if (sinceMs >= 0 && sinceMs < this.#intervalMs) this.#tellIn(this.#intervalMs - sinceMs, run);
    else this.#tellNow(run);
  }

  /** Costs nothing from now on. The last sign stands until its time has passed. */
  stop(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.timer?.cancel();
    run?.retries.close();
    run?.feed.close();
    this.#heard.clear();
  }

  /** Says that this gateway ends: whoever was present through it has as long from now to appear through another one. */
  close(): void {
    this.stop();
    const { clock, limits, messages } = this.#options;
    const mayStand = clock.now() - this.#toldAt < limits.gatewayLivenessMs;
    if (mayStand && !this.#isClosed) this.#publish(messages.newId(), null).catch(() => {});
    this.#isClosed = true;
  }

  /** A message was heard that this gateway has published elsewhere. */
  heardOf(gateway: string): void {
    const { livenessMs = this.#options.limits.gatewayLivenessMs } = this.#heard.get(gateway) ?? {};
    this.#remember(gateway, livenessMs);
  }

  /**
   * Whether a gateway was not heard of for so long that its sessions have to leave. `knownSince`, in `timeMs`, is when this
   * gateway learnt of them.
   */
  isGone(gateway: string, knownSince: number): boolean {
    const { limits, messages } = this.#options;
    if (gateway === messages.gateway || this.#run === undefined || this.#run.feed.isStale) return false;
    const heard = this.#heard.get(gateway);
    const silentSince = Math.max(heard?.at ?? 0, this.#countsFrom, knownSince);
    // Their connections were lost with it, so they have their grace.
    const patienceMs = Math.max(heard?.livenessMs ?? limits.gatewayLivenessMs, limits.presenceGraceMs);
    return this.#passedMs - silentSince > patienceMs;
  }

  #tellIn(ms: number, run: Run): void {
    run.timer = this.#options.clock.after(ms, () => this.#tellNow(run));
  }

  #tellNow(run: Run): void {
    this.#toldAt = this.#options.clock.now();
    this.#tellIn(this.#intervalMs, run);
    run.newest = this.#options.messages.newId();
    void this.#tell(run, run.newest);
  }

  /** Tries until it is told, or until it is time for the next one. */
  async #tell(run: Run, messageId: string): Promise<void> {
    const isDue = () => this.#run === run && run.newest === messageId;
    try {
      await run.retries.run(async () => {
        if (!isDue()) return;
        await this.#publish(messageId, true);
        await run.feed.open();
      });
    } catch (error) {
      if (isDue()) this.#options.onInternalError(error);
    }
  }

  async #publish(messageId: string, payload: JsonValue): Promise<void> {
    const { backbone, limits, messages } = this.#options;
    const key = messages.gateway;
    const ttlMs = payload === null ? undefined : limits.gatewayLivenessMs;
    const sizeBytes = entrySizeOf({ key, payload });
    await backbone.publish({
      topic: GATEWAYS_TOPIC,
      publisher: notAName(key),
      messageId,
      key,
      payload,
      ttlMs,
      sizeBytes,
    });
  }

  #load({ entries }: TopicSnapshot): void {
    this.#heard.clear();
    this.#passedMs = this.timeMs;
    this.#ownAt = this.#options.clock.now();
    this.#countsFrom = this.#passedMs;
    for (const entry of entries) this.#hear(entry, 'in the state');
  }

  #hear({ key, ttlMs = this.#options.limits.gatewayLivenessMs }: Entry, where?: 'in the state'): void {
    if (key === undefined) return;
    if (key !== this.#options.messages.gateway) this.#remember(key, ttlMs);
    else if (where === undefined) this.#hearItself();
  }

  #hearItself(): void {
    const { clock, onSign } = this.#options;
    const sinceMs = clock.now() - this.#ownAt;
    this.#passedMs = this.timeMs;
    this.#ownAt = clock.now();
    if (sinceMs > this.#lateMs) this.#countsFrom = this.#passedMs;
    onSign();
  }

  #remember(gateway: string, livenessMs: number): void {
    this.#heard.delete(gateway);
    this.#heard.set(gateway, { at: this.timeMs, livenessMs });
    if (this.#heard.size <= GATEWAYS_MAX) return;
    for (const oldest of this.#heard.keys()) {
      this.#heard.delete(oldest);
      return;
    }
  }
}
