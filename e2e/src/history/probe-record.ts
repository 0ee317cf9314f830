/**
 * Writes down what one probe asked for and what it was given, from its frames.
 *
 * A probe is a client of one connection. It is a program of the simplest kind: what comes is given to it at once, and a
 * hole in the chain of a stream is what tells it that messages are missing (§5.5). A subscription is written down with
 * its answer, because before that a probe may have asked for its end and for another one. Frames that no gateway can
 * understand ask for nothing and are not written down, and neither are the messages that a `replay` brings once more.
 *
 * It is no judge. What comes unasked, or after the end, stands in the history like everything else.
 */

import {
  codecFor,
  type Encoding,
  type FrameBody,
  type GatewayFrame,
  type MessageFrame,
  type Position,
  type PublishFrame,
  type ResumeFrame,
  type SetupFrame,
  type SnapshotFrame,
  type SubscribedFrame,
  type SubscriptionMode,
  type SubscriptionRequest,
  type UnsubscribedFrame,
} from '@micro-socket/protocol';
import type { DeliveredEvent, ToldGap } from '@micro-socket/simulator';
import type { FrameOf, ProbeObserver } from '../probe.ts';
import type { Book } from './book.ts';
import { writtenPayload } from './written-payload.ts';

type Resume = Omit<ResumeFrame, 'type' | 'id'>;

/** A request without an answer. */
type Request =
  | { readonly kind: 'publish'; readonly topic: string; readonly messageId: string; readonly call: number }
  | { readonly kind: 'subscribe'; readonly wanted: SubscriptionRequest }
  | { readonly kind: 'replay'; readonly topic: string }
  | { readonly kind: 'resume'; readonly resume: Resume };

/** A subscription, also one that was refused or is over: what still comes is written down under its name. */
interface Feed {
  readonly subscription: string;
  readonly mode: SubscriptionMode;
  readonly epoch: string;
  /** Up to where the probe has the topic. */
  had: number;
  isOver: boolean;
  /** Replays under way. */
  replays: number;
}

/** What a program is told when a gateway ends its subscription, by the reason that the gateway gives. */
const END_CODES: Readonly<Record<UnsubscribedFrame['reason'], string | undefined>> = {
  asked: undefined,
  lagged: 'LAGGED',
  denied: 'ACL_DENIED',
  epoch: 'SUBSCRIPTION_LOST',
  failed: 'SUBSCRIPTION_LOST',
  closed: 'TOPIC_CLOSED',
};

/** Topics that a gateway writes itself. */
const DERIVED = /(^|\.)~/;

export interface ProbeRecordOptions {
  readonly book: Book;
  /** Of this probe, among those of the test. */
  readonly client: string;
  /** Of its gateway. */
  readonly address: string;
  readonly encoding: Encoding;
  /** Now, in milliseconds since 1970. */
  readonly at: () => number;
  /** Messages may come that nobody was seen to publish. */
  readonly onUnseen: () => void;
  readonly nextFault: () => number;
}

export class ProbeRecord implements ProbeObserver {
  readonly #options: ProbeRecordOptions;
  readonly #connection: string;
  readonly #requests = new Map<number, Request>();
  /** Subscriptions that were asked for in `setup` or `resume`, and are answered by their topic. */
  readonly #named = new Map<string, SubscriptionRequest>();
  readonly #feeds = new Map<string, Feed>();
  readonly #topicByAlias = new Map<number, string>();
  #setup: SetupFrame | undefined;
  #principal = '';
  #isReady = false;
  #calls = 0;
  #subscriptions = 0;
  /** The fault that lasts while the probe does not read. */
  #notReading: number | undefined;

  constructor(options: ProbeRecordOptions) {
    this.#options = options;
    this.#connection = `${options.client}-connection`;
  }

  sent(body: FrameBody): void {
    const { book, encoding, onUnseen } = this.#options;
    if (book.isClosed) return;
    const frame = understood(body, encoding);
    if (frame === undefined) return;
    if (frame.type === 'setup') {
      if (!this.#isReady) this.#setUp(frame);
      return;
    }
    // Before it every frame is refused.
    if (this.#setup === undefined) return;
    if (frame.type === 'publish') this.#publish(frame);
    else if (frame.type === 'subscribe') this.#requests.set(frame.id, { kind: 'subscribe', wanted: frame });
    else if (frame.type === 'replay') this.#replay(frame.id, frame.topic);
    else if (frame.type === 'presence') onUnseen();
    else if (frame.type === 'resume') {
      this.#requests.set(frame.id, { kind: 'resume', resume: frame });
      for (const wanted of frame.subscriptions) this.#named.set(wanted.topic, wanted);
    }
  }

  came(frame: GatewayFrame): void {
    if (this.#options.book.isClosed) return;
    if (frame.type === 'message') this.#message(frame);
    else if (frame.type === 'snapshot') this.#snapshot(frame);
    else if (frame.type === 'ack') this.#acknowledged(frame);
    else if (frame.type === 'ready') this.#ready(frame);
    else if (frame.type === 'resumed') this.#resumed(frame);
    else if (frame.type === 'subscribed') this.#subscribed(frame);
    else if (frame.type === 'lagged') this.#lagged(frame);
    else if (frame.type === 'unsubscribed') this.#end(frame.topic, END_CODES[frame.reason]);
    else if (frame.type === 'live') this.#replayed(frame.id);
    else if (frame.type === 'error') this.#refused(frame);
  }

  stoppedReading(): void {
    if (this.#notReading !== undefined) return;
    this.#notReading = this.#options.nextFault();
    this.#fault('reading-stopped', 'begins', this.#notReading);
  }

  startedReading(): void {
    if (this.#notReading !== undefined) this.#fault('reading-stopped', 'ends', this.#notReading);
    this.#notReading = undefined;
  }

  cut(): void {
    this.#fault('connection-cut', 'happens', this.#options.nextFault());
  }

  closed(): void {
    for (const [id, request] of this.#requests) {
      if (request.kind === 'publish') this.#failed(id, 'CONNECTION_CLOSED');
    }
    for (const topic of this.#feeds.keys()) this.#end(topic, 'CONNECTION_CLOSED');
  }

  #setUp(frame: SetupFrame): void {
    const { book, address } = this.#options;
    this.#setup = frame;
    this.#principal = book.gateway(address).rights.principalOf(frame.token);
    this.#named.clear();
    for (const wanted of frame.resume?.subscriptions ?? []) this.#named.set(wanted.topic, wanted);
    for (const topic of frame.topics ?? []) this.#named.set(topic, { topic });
  }

  #ready(frame: FrameOf<'ready'>): void {
    const { book, address } = this.#options;
    if (this.#setup === undefined || this.#isReady) return;
    this.#isReady = true;
    const { resume } = this.#setup;
    const resumed = resume !== undefined && frame.sessionId === resume.sessionId;
    if (resume !== undefined) this.#resumeTried(resume, resumed);
    const { sessionId, expiresAt } = frame;
    book.write({
      kind: 'identified',
      ...this.#here,
      connection: this.#connection,
      gateway: frame.gateway,
      principal: this.#principal,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      sessionId,
      resumed,
    });
    book.ready(address, this.#principal, frame);
  }

  #resumed({ id, sessionId, resumeKey }: FrameOf<'resumed'>): void {
    const request = this.#requests.get(id);
    if (request?.kind !== 'resume') return;
    this.#requests.delete(id);
    this.#resumeTried(request.resume, true);
    this.#options.book.session(sessionId, resumeKey, this.#principal);
  }

  #resumeTried({ sessionId, resumeKey }: Resume, accepted: boolean): void {
    const { book } = this.#options;
    const isOwner = book.isOwner(sessionId, resumeKey, this.#principal);
    const { connection, principal } = { connection: this.#connection, principal: this.#principal };
    book.write({ kind: 'resume-tried', ...this.#here, connection, principal, sessionId, isOwner, accepted });
  }

  #publish({ id, topic, messageId, key, payload }: PublishFrame): void {
    const { book, address } = this.#options;
    this.#calls += 1;
    book.asks(address, this.#principal, 'publish', topic);
    book.write({
      kind: 'publish',
      ...this.#here,
      principal: this.#principal,
      topic,
      messageId,
      ...(key === undefined ? {} : { key }),
      data: writtenPayload(payload),
      call: this.#calls,
      ordered: false,
    });
    this.#requests.set(id, { kind: 'publish', topic, messageId, call: this.#calls });
  }

  #acknowledged({ id, messageId, status, epoch, seqNo }: FrameOf<'ack'>): void {
    const request = this.#requests.get(id);
    if (request?.kind !== 'publish') return;
    this.#requests.delete(id);
    const position = { epoch, seqNo, messageId };
    this.#options.book.stands(this.#options.address, request.topic, position);
    this.#options.book.write({ ...request, ...this.#here, kind: 'published', status, position });
  }

  #failed(id: number, code: string): void {
    const request = this.#requests.get(id);
    if (request?.kind !== 'publish') return;
    this.#requests.delete(id);
    this.#options.book.write({ ...request, ...this.#here, kind: 'publish-failed', code });
  }

  #subscribed(frame: SubscribedFrame): void {
    const { topic, alias } = frame;
    this.#topicByAlias.set(alias, topic);
    const wanted = this.#wantedBy(frame);
    if (wanted === undefined) return;
    const { book, address } = this.#options;
    const { epoch, seqNo, messageId, recovered } = frame;
    const { mode = 'stream', from } = wanted;
    const position = { epoch, seqNo, messageId };
    const asked = typeof from === 'object' && 'epoch' in from ? from : undefined;
    const feed = this.#open(wanted, epoch);
    feed.had = seqNo;
    book.stands(address, topic, position);
    book.write({
      kind: 'subscribed',
      ...this.#here,
      connection: this.#connection,
      gateway: book.gateway(address).name,
      topic,
      recovered,
      position,
      ...(asked === undefined ? {} : { asked }),
    });
    const gap = asked && gapAfter(asked, frame, mode);
    if (gap !== undefined) this.#tell(topic, feed, gap);
  }

  /** The request that an answer is for: by its id, or by its topic where it was named in `setup` or `resume`. */
  #wantedBy({ id, topic }: { readonly id?: number; readonly topic?: string }): SubscriptionRequest | undefined {
    if (id === undefined) {
      const wanted = topic === undefined ? undefined : this.#named.get(topic);
      if (wanted !== undefined) this.#named.delete(wanted.topic);
      return wanted;
    }
    const request = this.#requests.get(id);
    if (request?.kind !== 'subscribe') return undefined;
    this.#requests.delete(id);
    return request.wanted;
  }

  #open({ topic, mode = 'stream', from = 'live' }: SubscriptionRequest, epoch: string): Feed {
    const { book, address, client, onUnseen } = this.#options;
    if (DERIVED.test(topic)) onUnseen();
    this.#subscriptions += 1;
    const subscription = `${client}-subscription-${this.#subscriptions}`;
    book.asks(address, this.#principal, 'subscribe', topic);
    book.write({ kind: 'subscribe', ...this.#here, principal: this.#principal, subscription, topic, mode, from });
    const feed = { subscription, mode, epoch, had: 0, isOver: false, replays: 0 };
    this.#feeds.set(topic, feed);
    return feed;
  }

  #refused(frame: FrameOf<'error'>): void {
    const { id, code } = frame;
    const request = id === undefined ? undefined : this.#requests.get(id);
    if (id !== undefined && request?.kind === 'publish') this.#failed(id, code);
    else if (request?.kind === 'replay') this.#replayed(id);
    else if (id !== undefined && request?.kind === 'resume') this.#notResumed(id, request.resume);
    else if (code === 'SESSION_INVALID' && !this.#isReady) this.#notSetUp();
    else this.#notSubscribed(frame);
  }

  #notResumed(id: number, resume: Resume): void {
    this.#requests.delete(id);
    this.#named.clear();
    this.#resumeTried(resume, false);
  }

  /** The session could not be resumed, and the connection is still without a setup (§4.1). */
  #notSetUp(): void {
    if (this.#setup?.resume !== undefined) this.#resumeTried(this.#setup.resume, false);
    this.#setup = undefined;
  }

  #notSubscribed(frame: FrameOf<'error'>): void {
    const wanted = this.#wantedBy(frame);
    // Where the probe has the topic already, that subscription goes on.
    if (wanted === undefined || this.#feeds.get(wanted.topic)?.isOver === false) return;
    this.#open(wanted, '');
    this.#end(wanted.topic, frame.code);
  }

  #end(topic: string, code: string | undefined): void {
    const feed = this.#feeds.get(topic);
    if (feed === undefined || feed.isOver) return;
    feed.isOver = true;
    const { subscription } = feed;
    this.#options.book.write({
      kind: 'ended',
      ...this.#here,
      subscription,
      topic,
      ...(code === undefined ? {} : { code }),
    });
  }

  #message(frame: MessageFrame): void {
    const topic = this.#topicOf(frame);
    const feed = this.#feeds.get(topic);
    const { seqNo, prevSeqNo } = frame;
    if (feed !== undefined && feed.replays > 0 && seqNo <= feed.had) return;
    const leftOut = feed !== undefined && !feed.isOver && prevSeqNo > feed.had;
    const gap: ToldGap = { afterSeqNo: feed?.had ?? 0, beforeSeqNo: seqNo, epochChanged: false };
    const marks = !leftOut ? {} : feed.mode === 'stream' ? { gap } : { conflated: true as const };
    this.#delivered(topic, feed, frame, marks);
    if (feed !== undefined) feed.had = Math.max(feed.had, seqNo);
  }

  #snapshot(frame: SnapshotFrame): void {
    const topic = this.#topicOf(frame);
    const feed = this.#feeds.get(topic);
    for (const entry of frame.entries) this.#delivered(topic, feed, entry, { fromSnapshot: true });
    if (feed !== undefined) feed.had = Math.max(feed.had, frame.seqNo);
  }

  #delivered(
    topic: string,
    feed: Feed | undefined,
    { seqNo, messageId, key, data }: SnapshotFrame['entries'][number],
    marks: Pick<DeliveredEvent, 'gap' | 'conflated' | 'fromSnapshot'>,
  ): void {
    const { subscription = '', epoch = '' } = feed ?? {};
    const content = { ...(key === undefined ? {} : { key }), data: writtenPayload(data) };
    const { book } = this.#options;
    book.write({
      kind: 'delivered',
      ...this.#here,
      subscription,
      topic,
      epoch,
      seqNo,
      messageId,
      ...content,
      ...marks,
    });
  }

  #lagged({ topic, fromSeqNo, toSeqNo }: FrameOf<'lagged'>): void {
    const feed = this.#feeds.get(topic);
    const gap = { afterSeqNo: fromSeqNo, beforeSeqNo: toSeqNo + 1, epochChanged: false };
    if (feed !== undefined) this.#tell(topic, feed, gap);
  }

  #tell(topic: string, { subscription }: Feed, gap: ToldGap): void {
    this.#options.book.write({ kind: 'told', ...this.#here, subscription, topic, gap });
  }

  #replay(id: number, topic: string): void {
    const feed = this.#feeds.get(topic);
    if (feed === undefined || feed.isOver) return;
    feed.replays += 1;
    this.#requests.set(id, { kind: 'replay', topic });
  }

  #replayed(id: number | undefined): void {
    const request = id === undefined ? undefined : this.#requests.get(id);
    if (id === undefined || request?.kind !== 'replay') return;
    this.#requests.delete(id);
    const feed = this.#feeds.get(request.topic);
    if (feed !== undefined) feed.replays -= 1;
  }

  #topicOf({ topic, alias }: { readonly topic?: string; readonly alias?: number }): string {
    return topic ?? this.#topicByAlias.get(alias ?? 0) ?? '';
  }

  #fault(name: string, state: 'begins' | 'ends' | 'happens', id: number): void {
    const { book, client, at } = this.#options;
    book.write({ kind: 'fault', at: at(), name, nodes: [client], state, id });
  }

  get #here() {
    return { at: this.#options.at(), client: this.#options.client };
  }
}

function understood(body: FrameBody, encoding: Encoding) {
  try {
    return codecFor(encoding).decode(body, 'client');
  } catch {
    return undefined;
  }
}

/** What an answer tells who asked to go on from a position (§5.2); `undefined` where nothing is missing. */
function gapAfter(asked: Position, answer: SubscribedFrame, mode: SubscriptionMode): ToldGap | undefined {
  const { epoch, seqNo, recovered } = answer;
  const afterSeqNo = asked.seqNo;
  if (epoch !== asked.epoch) return { afterSeqNo, epochChanged: true };
  const isStream = mode === 'stream' && (recovered === 'snapshot' || seqNo > afterSeqNo);
  if (recovered !== 'gap' && !isStream) return undefined;
  return { afterSeqNo, beforeSeqNo: Math.max(seqNo, afterSeqNo) + 1, epochChanged: false };
}
