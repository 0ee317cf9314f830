/**
 * One subscription of the program, over all the connections that it lives through.
 *
 * Theory of operation. A feed is asked for with `subscribe`, or by the `setup` of a session that is resumed; it is then
 * `live` with a receiver of its own until the gateway ends it or the link is lost, and asked for again from the last
 * position that the program was given. What `subscribed` then says about that position is told to the program. A feed
 * that the gateway keeps ending is asked for with growing pauses. It ends when the program closes it, when the gateway
 * refuses it for good, when the topic has ended, or when the program does not take its messages.
 */

import {
  type ClientFrame,
  type GatewayFrame,
  type HeadFrame,
  type HealthFrame,
  type LaggedFrame,
  type LiveFrame,
  type MessageFrame,
  type Position,
  ProtocolError,
  type SnapshotFrame,
  type SubscribedFrame,
  type SubscriptionRequest,
  type UnsubscribedFrame,
} from '@micro-socket/protocol';
import type { Clock, Random } from '@micro-socket/transport';
import { Confirmer } from './confirmer.ts';
import type { Counters } from './counters.ts';
import { Delivery } from './delivery.ts';
import {
  ConnectionClosedError,
  IntegrityError,
  LaggedError,
  SnapshotTooLargeError,
  SubscriptionLostError,
  TopicClosedError,
} from './errors.ts';
import { MessageQueue } from './message-queue.ts';
import { callProgram } from './program-call.ts';
import { mayRetry } from './protocol-error.ts';
import { Receiver } from './receiver.ts';
import type { ReplayRequest } from './replay-desk.ts';
import { RetryPace } from './retry-pace.ts';
import { Subscription, type SubscriptionSource } from './subscription.ts';
import {
  type Health,
  type SubscriptionOptions,
  type SubscriptionSettings,
  subscriptionRequest,
  subscriptionSettings,
} from './subscription-options.ts';

/** What a feed needs of its client. */
export interface FeedHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  /** Whether what the gateway ended is asked for again. */
  readonly recovers: boolean;
  /** Rejects with `ConnectionClosedError` when there is no link, or when it is lost before the answer. */
  ask(request: (id: number) => ClientFrame): Promise<GatewayFrame>;
  /** Sends a frame that has no answer. */
  tell(frame: ClientFrame): void;
  replay(request: ReplayRequest, onSent: () => void): Promise<LiveFrame>;
  onError(error: Error): void;
  onEnded(feed: Feed): void;
}

/**
 * `detached`: the gateway does not know of it. `asked`: its answer is awaited. `live`: messages come. `renewing`: it is
 * being ended at the gateway, to be begun again. `leaving`: it is being ended for good. `ended`: it has.
 */
type FeedState = 'detached' | 'asked' | 'live' | 'renewing' | 'leaving' | 'ended';

interface Opening {
  readonly resolve: (subscription: Subscription) => void;
  readonly reject: (error: Error) => void;
}

export class Feed implements SubscriptionSource {
  readonly topic: string;
  /** Resolves when the gateway has accepted the subscription for the first time. */
  readonly opened: Promise<Subscription>;
  readonly #host: FeedHost;
  readonly #settings: SubscriptionSettings;
  readonly #queue: MessageQueue;
  readonly #delivery: Delivery;
  readonly #confirmer: Confirmer;
  readonly #subscription: Subscription;
  readonly #pace: RetryPace;
  #opening: Opening | undefined;
  /** Whether the program knows that it is over. */
  #told = false;
  #state: FeedState = 'detached';
  /** Whether the answer that is awaited belongs to the setup. */
  #bySetup = false;
  #receiver: Receiver | undefined;
  #subscribed: SubscribedFrame | undefined;
  /** The rate that the program wants. */
  #rateHz: number | undefined;
  #health: Health | undefined;
  /** Where to begin again, when that is before the last message that was given. */
  #verified: Position | undefined;
  #lagged: LaggedError | undefined;
  /** Answers of an earlier round are for nobody. */
  #round = 0;
  #closing: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  /** Throws what `subscriptionSettings` throws. */
  constructor(topic: string, options: SubscriptionOptions, host: FeedHost) {
    const settings = subscriptionSettings(topic, options);
    const { clock, counters } = host;
    this.topic = topic;
    this.#host = host;
    this.#settings = settings;
    this.#rateHz = settings.maxRateHz;
    this.#confirmer = new Confirmer(clock, (seqNo) => host.tell({ type: 'confirm', topic, seqNo }));
    this.#queue = new MessageQueue({
      clock,
      onMessage: settings.onMessage,
      messagesMax: settings.queueMessagesMax,
      dropsOldest: settings.mode === 'latest' || settings.mode === 'volatile',
      onDealtWith: ({ epoch, seqNo, fromSnapshot }) => {
        const automatic = settings.confirmWindow !== undefined && settings.confirm !== 'manual';
        if (automatic && fromSnapshot === undefined) this.#confirmer.confirm(epoch, seqNo);
      },
    });
    this.#delivery = new Delivery(topic, settings, {
      clock,
      counters,
      queue: this.#queue,
      confirmer: this.#confirmer,
      onOverflow: (error) => this.#giveUp(error),
      onError: (error) => host.onError(error),
    });
    this.#subscription = new Subscription(this, this.#queue);
    this.#pace = new RetryPace(clock, host.random);
    this.opened = new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
  }

  get position(): Position {
    return this.#delivery.position ?? beginningOf(this.#subscribed);
  }

  get recovered(): SubscribedFrame['recovered'] {
    return this.#subscribed?.recovered ?? 'none';
  }

  get maxRateHz(): number | undefined {
    return this.#subscribed?.maxRateHz;
  }

  get health(): Health | undefined {
    return this.#health;
  }

  get duplicates(): number {
    return this.#delivery.duplicates;
  }

  /** Whether the gateway has accepted it before, so that it may be a part of a session. */
  get wasLive(): boolean {
    return this.#subscribed !== undefined;
  }

  /** What is to be asked of the gateway now. */
  request(): SubscriptionRequest {
    const from = this.#verified ?? this.#delivery.position ?? this.#settings.from;
    return subscriptionRequest(this.topic, this.#settings, from, this.#rateHz);
  }

  /** A link is ready, and the setup did not ask for this feed. */
  ask(): void {
    if (this.#state !== 'detached') return;
    this.#pace.cancel();
    this.#state = 'asked';
    this.#bySetup = false;
    const round = this.#round;
    this.#host
      .ask((id) => ({ type: 'subscribe', id, ...this.request() }))
      .catch((error: Error) => {
        if (round === this.#round) this.#refused(error);
      });
  }

  /** A link is ready, and its setup asked for this feed. */
  askedBySetup(): void {
    if (this.#state !== 'detached') return;
    this.#state = 'asked';
    this.#bySetup = true;
  }

  /** The link is lost. */
  detach(): void {
    this.#stopReceiving();
    this.#pace.cancel();
    if (this.#state === 'ended') return;
    this.#state = 'detached';
    if (this.#closing !== undefined) this.end(undefined);
  }

  /** The gateway has accepted the subscription. Returns whether that was the answer that this feed awaits. */
  begin(subscribed: SubscribedFrame): boolean {
    if (this.#state !== 'asked' || this.#bySetup !== (subscribed.id === undefined)) return false;
    this.#state = 'live';
    this.#pace.works();
    this.#lagged = undefined;
    this.#verified = undefined;
    this.#subscribed = subscribed;
    // A subscription begins as `ok`: what another sub-socket said of itself does not count any more (§5.8).
    if (this.#health !== undefined && this.#health.state !== 'ok') this.healthIs({ state: 'ok', lagMs: 0 });
    this.#receiver = new Receiver(subscribed, this.#settings, {
      clock: this.#host.clock,
      delivery: this.#delivery,
      replay: (request, onSent) => this.#host.replay(request, onSent),
      onMismatch: (verified, toSeqNo) => this.#mismatched(verified, toSeqNo),
      onBroken: () => this.#renew(new SubscriptionLostError(this.topic, 'failed')),
      onSnapshotTooLarge: () => this.#giveUp(new SnapshotTooLargeError(this.topic, this.#settings.snapshotEntriesMax)),
    });
    this.#confirmer.begin(subscribed.epoch, subscribed.seqNo);
    this.#recover(subscribed);
    this.#opening?.resolve(this.#subscription);
    this.#opening = undefined;
    // The program may have closed it before it began, or just now when it was told of a gap.
    if (this.#closing !== undefined && this.#state === 'live') this.#leave();
    return true;
  }

  /** The setup's subscription is refused. Returns whether that was the answer that this feed awaits. */
  refusedBySetup(error: Error): boolean {
    if (this.#state !== 'asked' || !this.#bySetup) return false;
    this.#refused(error);
    return true;
  }

  message(frame: MessageFrame): void {
    this.#receiver?.message(frame);
  }

  snapshot(frame: SnapshotFrame): void {
    this.#receiver?.snapshot(frame);
  }

  head(frame: HeadFrame): void {
    this.#receiver?.head(frame);
  }

  live(frame: LiveFrame): void {
    this.#receiver?.live(frame);
  }

  healthIs({ state, lagMs }: Pick<HealthFrame, 'state' | 'lagMs'>): void {
    this.#health = { state, lagMs };
    callProgram(this.#host.clock, this.#settings.onHealth, this.#health);
  }

  lagged({ fromSeqNo, toSeqNo, why }: LaggedFrame): void {
    if (this.#state !== 'live') return;
    this.#lagged = new LaggedError(this.topic, fromSeqNo, toSeqNo, why);
  }

  /** The subscription has ended at the gateway. */
  unsubscribed({ reason, id, why }: UnsubscribedFrame): void {
    // What follows from an answer is up to who asked; but nothing of the topic comes after it.
    if (id !== undefined && this.#state === 'leaving') this.#receiver?.stop();
    if (id !== undefined || this.#state !== 'live') return;
    if (reason === 'closed') this.#receiver?.conclude(this.#lagged?.toSeqNo ?? 0);
    this.#stopReceiving();
    this.#state = 'detached';
    const error = this.#endedBy(reason, why);
    if (error === 'again') this.#pace.again(() => this.ask());
    else this.end(error);
  }

  /** Ends the feed for the program; with an error where that was nobody's wish. */
  end(error: Error | undefined): void {
    if (this.#state === 'ended') return;
    this.#stopReceiving();
    this.#pace.cancel();
    this.#state = 'ended';
    this.#tellEnd(error);
    this.#closing?.resolve();
    this.#host.onEnded(this);
  }

  confirm(epoch: string | undefined, seqNo: number): void {
    if (epoch === undefined && !this.#confirmer.covers(seqNo)) {
      const message = `confirm: the message at ${seqNo} was not delivered yet.`;
      throw new ProtocolError('INVALID_FIELD', message, { topic: this.topic });
    }
    if (this.#settings.confirmWindow !== undefined) this.#confirmer.confirm(epoch ?? this.position.epoch, seqNo);
  }

  async modify(maxRateHz: number | undefined): Promise<number | undefined> {
    const { topic } = this;
    const before = this.#rateHz;
    this.#rateHz = maxRateHz;
    // A feed that is not live asks for the new rate when it is asked for itself.
    if (this.#state !== 'live') return undefined;
    const rate = maxRateHz === undefined ? {} : { maxRateHz };
    try {
      const answer = await this.#host.ask((id) => ({ type: 'modify', id, topic, ...rate }));
      if (answer.type !== 'modified' || this.#subscribed === undefined) return undefined;
      const { maxRateHz: _former, ...subscribed } = this.#subscribed;
      const chosen = answer.maxRateHz === undefined ? {} : { maxRateHz: answer.maxRateHz };
      this.#subscribed = { ...subscribed, ...chosen };
      return answer.maxRateHz;
    } catch (error) {
      if (error instanceof ProtocolError) this.#rateHz = before;
      throw error;
    }
  }

  close(): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve();
    if (this.#closing !== undefined) return this.#closing.promise;
    let resolve = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.#closing = { promise, resolve };
    if (this.#state === 'detached') this.end(undefined);
    else if (this.#state === 'live') this.#leave();
    return promise;
  }

  #refused(error: Error): void {
    // A lost link is told by `detach`, or by `end` where nothing follows.
    if (this.#state !== 'asked' || error instanceof ConnectionClosedError) return;
    this.#round += 1;
    this.#state = 'detached';
    if (this.#opening === undefined && this.#closing === undefined && this.#host.recovers && mayRetry(error)) {
      this.#pace.later(error.afterMs, () => this.ask());
    } else {
      this.end(this.#closing === undefined ? error : undefined);
    }
  }

  /** Says what became of the position that the subscription was to go on from. */
  #recover(subscribed: SubscribedFrame): void {
    const { epoch, seqNo, messageId, recovered } = subscribed;
    const before = this.#delivery.position ?? positionIn(this.#settings.from);
    if (before !== undefined) {
      const afterSeqNo = before.seqNo;
      const stream = this.#settings.mode === 'stream';
      if (epoch !== before.epoch) this.#delivery.tell({ afterSeqNo, epochChanged: true });
      else if (recovered === 'gap' || (stream && (recovered === 'snapshot' || seqNo > afterSeqNo))) {
        this.#delivery.tell({ afterSeqNo, beforeSeqNo: Math.max(seqNo, afterSeqNo) + 1, epochChanged: false });
      }
    }
    // A snapshot is not there before its last part is.
    if (recovered !== 'snapshot') this.#delivery.standAt({ epoch, seqNo, messageId });
  }

  /** Why the program is told of the end, or `again` when the feed is to be asked for again. */
  #endedBy(reason: UnsubscribedFrame['reason'], why: string | undefined): Error | undefined | 'again' {
    const { topic } = this;
    if (reason === 'asked' || this.#closing !== undefined) return undefined;
    if (reason === 'denied') return new ProtocolError('ACL_DENIED', `${topic} may no longer be read.`, { topic });
    if (reason === 'closed') return new TopicClosedError(topic, why ?? '');
    const stays = reason === 'lagged' && this.#settings.onLagged === 'end';
    if (this.#host.recovers && !stays) return 'again';
    return this.#lagged ?? new SubscriptionLostError(topic, reason);
  }

  #mismatched(verified: Position, toSeqNo: number): void {
    this.#host.counters.checksumFailures += 1;
    this.#verified = verified;
    const error = new IntegrityError(this.topic, verified.seqNo, toSeqNo);
    const tell = this.#settings.onIntegrityError ?? ((told: Error) => this.#host.onError(told));
    callProgram(this.#host.clock, tell, error);
    this.#renew(error);
  }

  /** Ends the subscription at the gateway, and asks for it again; or gives it up, where nothing is asked for again. */
  #renew(error: Error): void {
    if (this.#state !== 'live') return;
    this.#stopReceiving();
    if (!this.#host.recovers) {
      this.#giveUp(error);
      return;
    }
    this.#state = 'renewing';
    this.#unsubscribe(() => {
      this.#state = 'detached';
      if (this.#closing === undefined) this.#pace.again(() => this.ask());
      else this.end(undefined);
    });
  }

  /** Ends the subscription at the gateway for good. */
  #leave(): void {
    this.#state = 'leaving';
    this.#unsubscribe(() => this.end(undefined));
  }

  /** The program is told at once; what still comes is for nobody. */
  #giveUp(error: Error): void {
    this.#stopReceiving();
    this.#tellEnd(error);
    this.close().catch(() => {});
  }

  #unsubscribe(done: () => void): void {
    const { topic } = this;
    const round = this.#round;
    this.#host
      .ask((id) => ({ type: 'unsubscribe', id, topic }))
      .then(
        () => {
          if (round === this.#round) done();
        },
        (error: Error) => {
          // A lost link is told by `detach`, which has begun another round or will.
          if (round !== this.#round || error instanceof ConnectionClosedError) return;
          // NOT_SUBSCRIBED: it ended by itself in this very moment, so what was asked for is done.
          if (mayRetry(error)) this.#pace.later(error.afterMs, () => this.#unsubscribe(done));
          else done();
        },
      );
  }

  #stopReceiving(): void {
    this.#round += 1;
    this.#receiver?.stop();
    this.#receiver = undefined;
    this.#confirmer.stop();
  }

  #tellEnd(error: Error | undefined): void {
    if (this.#opening !== undefined) {
      this.#opening.reject(error ?? new ConnectionClosedError(1000, 'the subscription was closed'));
      this.#opening = undefined;
      return;
    }
    if (this.#told) return;
    this.#told = true;
    this.#queue.end(error);
    callProgram(this.#host.clock, this.#settings.onEnd, error);
  }
}

/** Where a subscription stands that has not given anything to the program. */
function beginningOf(subscribed: SubscribedFrame | undefined): Position {
  const { epoch = '', seqNo = 0, messageId } = subscribed ?? {};
  return { epoch, seqNo, messageId };
}

function positionIn(from: SubscriptionOptions['from']): Position | undefined {
  return typeof from === 'object' && 'epoch' in from ? from : undefined;
}
