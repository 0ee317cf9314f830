/**
 * A gateway in a few lines, for one topic, that may lose and repeat frames of the topic and cut its connections.
 *
 * It is the truth that a client's view is compared with: `logs` keeps everything that was ever stored, also what the
 * history has given up. A real transport loses no frame without losing the connection; here it does, because a client
 * must not depend on that to tell every loss.
 */

import {
  addChecksum,
  type ClientFrame,
  codecFor,
  type FrameBody,
  type GatewayFrame,
  type MessageFrame,
  type SubscribedFrame,
  type SubscriptionRequest,
} from '@micro-socket/protocol';
import {
  type Clock,
  type Connection,
  type ConnectionHandler,
  type InprocEnd,
  inprocPair,
  type Random,
} from '@micro-socket/transport';
import { READY } from './scripted-gateway.ts';

export const TOPIC = 'a';

/** The chance of each fault, of 100. */
export interface Faults {
  readonly loses: number;
  readonly repeats: number;
  readonly refusesSessions: number;
}

export const NO_FAULTS: Faults = { loses: 0, repeats: 0, refusesSessions: 0 };

interface Log {
  readonly epoch: string;
  readonly messages: MessageFrame[];
  /** How many of them the history has given up. */
  gone: number;
}

export class ModelGateway {
  readonly logs: Log[] = [{ epoch: 'e0', messages: [], gone: 0 }];
  faults: Faults = NO_FAULTS;
  readonly #clock: Clock;
  readonly #random: Random;
  #links: ModelLink[] = [];
  #sessions = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get log(): Log {
    return this.logs.at(-1) as Log;
  }

  get headSeqNo(): number {
    return this.log.messages.at(-1)?.seqNo ?? 0;
  }

  dial = async (): Promise<Connection> => {
    const ends = inprocPair({ clock: this.#clock, encoding: 'json' });
    this.#links.push(new ModelLink(ends.gateway, this));
    return ends.client;
  };

  /** Stores a message; its seqNo is `step` above the one before. */
  publish(step: number): void {
    const { log } = this;
    const prevSeqNo = this.headSeqNo;
    const seqNo = prevSeqNo + step;
    const time = this.#clock.now();
    const message = {
      type: 'message',
      topic: TOPIC,
      seqNo,
      prevSeqNo,
      messageId: `${log.epoch}-${seqNo}`,
      time,
    } as const;
    log.messages.push({ ...message, data: { seqNo } });
    for (const link of this.#links) link.sendLive(log.messages.slice(-1));
  }

  /** The history gives up its oldest messages. */
  giveUp(count: number): void {
    this.log.gone = Math.min(this.log.gone + count, this.log.messages.length);
  }

  beginEpoch(): void {
    this.logs.push({ epoch: `e${this.logs.length}`, messages: [], gone: 0 });
    for (const link of this.#links) link.unsubscribed('epoch');
  }

  /** Tells where the topic stands. */
  beacon(): void {
    for (const link of this.#links) link.sendHead();
  }

  /** Ends the subscriptions as if their readers had been too slow. */
  lag(): void {
    for (const link of this.#links) link.unsubscribed('lagged');
  }

  cut(code: number): void {
    for (const link of this.#links.splice(0)) link.close(code);
  }

  /** Whether something with this chance, of 100, happens now. */
  happens(chance: number): boolean {
    return this.#random.uint32() % 100 < chance;
  }

  newSession(): string {
    this.#sessions += 1;
    return `s${this.#sessions}`;
  }

  /** What the messages up to and including `seqNo` add up to. */
  checksumAt(seqNo: number): number {
    return sumOf(this.log.messages.filter((message) => message.seqNo <= seqNo));
  }

  /** The messages after a position, or `undefined` when it is not anchored. */
  after({ epoch, seqNo, messageId }: { epoch: string; seqNo: number; messageId?: string }): MessageFrame[] | undefined {
    const { log } = this;
    if (epoch !== log.epoch) return undefined;
    const kept = log.messages.slice(log.gone);
    if (seqNo === 0) return log.gone === 0 ? kept : undefined;
    const at = kept.findIndex((message) => message.seqNo === seqNo && message.messageId === messageId);
    return at === -1 ? undefined : kept.slice(at + 1);
  }
}

function sumOf(messages: readonly MessageFrame[]): number {
  return messages.reduce((sum, message) => addChecksum(sum, { ...message, data: message.data as object as never }), 0);
}

class ModelLink implements ConnectionHandler {
  readonly #end: InprocEnd;
  readonly #gateway: ModelGateway;
  #subscribed = false;

  constructor(end: InprocEnd, gateway: ModelGateway) {
    this.#end = end;
    this.#gateway = gateway;
    end.start(this);
  }

  onFrame(body: FrameBody): void {
    this.#take(codecFor('json').decode(body, 'client'));
  }

  onWritable(): void {}

  onClose(): void {
    this.#subscribed = false;
  }

  close(code: number): void {
    this.#end.close(code, '');
  }

  sendLive(messages: readonly MessageFrame[]): void {
    if (!this.#subscribed) return;
    for (const message of messages) this.#sendFaulty(message);
  }

  sendHead(): void {
    if (!this.#subscribed) return;
    const { log, headSeqNo: seqNo } = this.#gateway;
    const checksum = this.#gateway.checksumAt(seqNo);
    this.#sendFaulty({ type: 'head', topic: TOPIC, epoch: log.epoch, seqNo, checksum });
  }

  unsubscribed(reason: 'epoch' | 'lagged'): void {
    if (!this.#subscribed) return;
    this.#subscribed = false;
    this.#send({ type: 'unsubscribed', topic: TOPIC, reason });
  }

  #take(frame: ClientFrame): void {
    if (frame.type === 'setup') this.#setUp(frame.resume?.sessionId, frame.resume?.subscriptions ?? []);
    else if (frame.type === 'subscribe') this.#subscribe(frame, frame.id);
    else if (frame.type === 'replay') this.#replay(frame.id, frame.fromSeqNo, frame.toSeqNo ?? this.#gateway.headSeqNo);
    else if (frame.type === 'unsubscribe') {
      this.#subscribed = false;
      this.#send({ type: 'unsubscribed', id: frame.id, topic: TOPIC, reason: 'asked' });
    }
  }

  #setUp(sessionId: string | undefined, subscriptions: readonly SubscriptionRequest[]): void {
    if (sessionId !== undefined && this.#gateway.happens(this.#gateway.faults.refusesSessions)) {
      this.#send({ type: 'error', code: 'SESSION_INVALID', message: 'Gone.', retry: false });
      return;
    }
    this.#send({ ...READY, heartbeatMs: 0, sessionId: sessionId ?? this.#gateway.newSession() });
    for (const request of subscriptions) this.#subscribe(request, undefined);
  }

  #subscribe({ from }: SubscriptionRequest, id: number | undefined): void {
    const { log, headSeqNo } = this.#gateway;
    const position = typeof from === 'object' && 'epoch' in from ? from : undefined;
    const follow = position === undefined ? undefined : this.#gateway.after(position);
    const recovered = position === undefined ? 'none' : follow === undefined ? 'gap' : 'full';
    const seqNo = follow === undefined ? headSeqNo : (position?.seqNo ?? headSeqNo);
    const messageId = log.messages.find((message) => message.seqNo === seqNo)?.messageId;
    const subscribed: SubscribedFrame = {
      type: 'subscribed',
      ...(id === undefined ? {} : { id }),
      topic: TOPIC,
      alias: 1,
      epoch: log.epoch,
      seqNo,
      ...(messageId === undefined ? {} : { messageId }),
      recovered,
      headSeqNo,
      checksum: this.#gateway.checksumAt(headSeqNo),
    };
    this.#subscribed = true;
    this.#send(subscribed);
    if (follow === undefined || headSeqNo === seqNo) return;
    this.sendLive(follow);
    this.#sendFaulty({ type: 'live', topic: TOPIC, seqNo: headSeqNo, checksum: sumOf(follow) });
  }

  #replay(id: number, fromSeqNo: number, toSeqNo: number): void {
    const { log } = this.#gateway;
    const wanted = log.messages.filter(({ seqNo }) => seqNo > fromSeqNo && seqNo <= toSeqNo);
    const gone = log.messages.slice(0, log.gone);
    if (!this.#subscribed || wanted.some((message) => gone.includes(message))) {
      const code = this.#subscribed ? 'HISTORY_GONE' : 'NOT_SUBSCRIBED';
      this.#send({ type: 'error', id, code, message: 'No.', retry: false, topic: TOPIC });
      return;
    }
    this.sendLive(wanted);
    const seqNo = wanted.at(-1)?.seqNo ?? fromSeqNo;
    this.#sendFaulty({ type: 'live', id, topic: TOPIC, seqNo, checksum: sumOf(wanted) });
  }

  #sendFaulty(frame: GatewayFrame): void {
    const { loses, repeats } = this.#gateway.faults;
    if (this.#gateway.happens(loses)) return;
    this.#send(frame);
    if (this.#gateway.happens(repeats)) this.#send(frame);
  }

  #send(frame: GatewayFrame): void {
    this.#end.send(codecFor('json').encode(frame));
  }
}
