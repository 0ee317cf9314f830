/**
 * One connection's conversation, from its first byte to its close (§4).
 *
 * Theory of operation. A session is `new` until a setup was accepted, `ready` then, and `ended` once. Every frame is
 * decoded and checked before anything else sees it. Requests are answered as their work completes; their work is
 * started in the order in which they came, so a publisher's own order is kept (I3). An error answers the request and
 * never ends the connection, unless the client cannot be served at all.
 *
 * Access is asked for here, before any other part hears of the request, and again for everything that is live when a
 * grant may have changed (I1).
 */

import type { Backbone } from '@micro-socket/backbone';
import {
  bodyBytes,
  CLOSE_CODES,
  type ClientFrame,
  type CloseName,
  type FrameBody,
  type GatewayFrame,
  type JsonValue,
  type Limits,
  type ModifyFrame,
  type PresenceFrame,
  ProtocolError,
  type PublishFrame,
  type ReadFrame,
  type RefreshFrame,
  type ReplayFrame,
  type ResumeFrame,
  type SetupFrame,
  type SubscriptionRequest,
} from '@micro-socket/protocol';
import type { AcceptedConnection, Clock, ConnectionHandler, Timer } from '@micro-socket/transport';
import {
  type AccessPolicy,
  type Action,
  DENIALS,
  isAllowed,
  isExpired,
  type Principal,
  requireAccess,
} from './access.ts';
import { Deadline } from './deadline.ts';
import { Heartbeat } from './heartbeat.ts';
import { Outlet } from './outlet.ts';
import type { Presences } from './presence.ts';
import type { Publishing } from './publishing.ts';
import { Readings } from './readings.ts';
import { RequestOrder } from './request-order.ts';
import type { SessionIdentity, SessionKeys } from './session-keys.ts';
import type { SessionHolder, SessionTable } from './session-table.ts';
import type { Counters } from './stats.ts';
import type { SubSocketRegistry } from './sub-socket-registry.ts';
import { planOf } from './subscription-plan.ts';
import { Subscriptions } from './subscriptions.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a session needs of its gateway. */
export interface SessionContext {
  readonly gatewayName: string;
  readonly backbone: Backbone;
  readonly policy: AccessPolicy;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly subSockets: SubSocketRegistry;
  readonly publishing: Publishing;
  readonly presences: Presences;
  readonly keys: SessionKeys;
  readonly sessions: SessionTable;
  readonly counters: Counters;
  readonly onEnd: (session: Session) => void;
  /** Hears of failures that are no fault of a client. */
  readonly onInternalError: (error: unknown) => void;
}

/** After these the client has lost the right to be present anywhere. */
const ACCESS_ENDS: readonly CloseName[] = ['AUTH_FAILED', 'TOKEN_EXPIRED', 'ACCESS_REVOKED'];

export class Session implements ConnectionHandler, SessionHolder {
  readonly outlet: Outlet;
  readonly #context: SessionContext;
  readonly #subscriptions: Subscriptions;
  readonly #readings: Readings;
  readonly #order = new RequestOrder();
  readonly #pathTopic: string | undefined;
  readonly #setupDeadline: Timer;
  readonly #frames: TokenBucket;
  #state: 'new' | 'authenticating' | 'ready' | 'ended' = 'new';
  #sessionId: string;
  #beganAt: number;
  #principal: Principal | undefined;
  #expiry: Deadline | undefined;
  #refreshing: Promise<void> = Promise.resolve();
  #heartbeat: Heartbeat | undefined;
  #badFrames = 0;
  #unacknowledged = 0;

  /** `pathTopic` is subscribed to after setup, as if setup had named it. */
  constructor(connection: AcceptedConnection, sessionId: string, context: SessionContext, pathTopic?: string) {
    const { clock, limits, backbone, subSockets, counters, onInternalError } = context;
    this.outlet = new Outlet(connection);
    this.#context = context;
    this.#sessionId = sessionId;
    this.#beganAt = clock.now();
    this.#pathTopic = pathTopic;
    this.#frames = new TokenBucket(limits.framesPerSecondMax, clock.now());
    this.#subscriptions = new Subscriptions({
      outlet: this.outlet,
      backbone,
      subSockets,
      clock,
      limits,
      counters,
      mayRead: (topic) => this.#may('subscribe', topic),
      send: (frame) => this.#send(frame),
      refuse: (error, id, topic) => this.#refuse(error, id, topic),
      onInternalError,
    });
    this.#readings = new Readings({
      outlet: this.outlet,
      backbone,
      limits,
      send: (frame) => this.#send(frame),
      mayGoOn: (topic) => !this.#isEnded() && this.#may('subscribe', topic),
    });
    this.#setupDeadline = clock.after(limits.setupDeadlineMs, () =>
      this.end('SETUP_TIMEOUT', `No setup was accepted within ${limits.setupDeadlineMs} ms.`),
    );
    connection.start(this);
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  onFrame(body: FrameBody): void {
    if (this.#state === 'ended') return;
    this.#heartbeat?.heard();
    let frame: ClientFrame;
    try {
      frame = this.#decoded(body);
    } catch (error) {
      this.#refuse(error, undefined);
      if (error instanceof ProtocolError && error.code !== 'RATE_LIMITED') this.#countBadFrame();
      return;
    }
    this.#handle(frame).catch((error) => {
      this.#refuse(error, 'id' in frame ? frame.id : undefined, 'topic' in frame ? frame.topic : undefined);
    });
  }

  onWritable(): void {
    this.outlet.drained();
    this.#subscriptions.catchUp();
  }

  onClose(code: number): void {
    if (this.#state === 'ended') return;
    this.#ended();
    if (code === CLOSE_CODES.NORMAL.code) this.#context.presences.end(this.#sessionId);
    else this.#context.presences.lost(this.#sessionId);
  }

  /** Ends the connection with a close code of §7. */
  end(name: CloseName, reason: string): void {
    if (this.#state === 'ended') return;
    this.outlet.close(CLOSE_CODES[name].code, reason);
    this.#ended();
    const { presences } = this.#context;
    if (ACCESS_ENDS.includes(name)) presences.end(this.#sessionId);
    else if (name !== 'SESSION_TAKEN_OVER') presences.lost(this.#sessionId);
  }

  takenOver(): void {
    this.#context.counters.takenOver += 1;
    this.end('SESSION_TAKEN_OVER', 'The session was resumed on another connection.');
  }

  /** Says goodbye with a reconnect window and ends the connection (§5.13). */
  goodbye(reason: string, reconnectMaxMs: number): void {
    if (this.#state === 'ready') {
      const { code } = CLOSE_CODES.DRAINING;
      this.#send({ type: 'goodbye', code, reason, reconnectMinMs: 0, reconnectMaxMs });
    }
    this.end('DRAINING', reason);
  }

  // #region recheck
  /** The policy has changed: ends what it no longer allows (I1, §9.8). */
  recheckAccess(): void {
    if (this.#state !== 'ready') return;
    const { counters, policy, presences } = this.#context;
    if (!isStillValid(policy, this.#principal as Principal)) {
      counters.revoked += 1;
      this.end('ACCESS_REVOKED', 'The token was revoked.');
      return;
    }
    counters.revoked += this.#subscriptions.endDenied();
    for (const topic of presences.topicsOf(this.#sessionId)) {
      if (!this.#may('presence', topic)) presences.endTopic(this.#sessionId, topic);
    }
  }
  // #endregion recheck

  #ended(): void {
    this.#state = 'ended';
    this.#setupDeadline.cancel();
    this.#expiry?.cancel();
    this.#heartbeat?.stop();
    this.#subscriptions.closeAll();
    this.outlet.ended();
    this.#context.sessions.release(this.#sessionId, this);
    this.#context.onEnd(this);
  }

  #decoded(body: FrameBody): ClientFrame {
    const { frameBytesMax } = this.#context.limits;
    const bytes = bodyBytes(body, frameBytesMax);
    if (bytes > frameBytesMax) {
      throw new ProtocolError('FRAME_TOO_LARGE', `The frame has more than ${frameBytesMax} bytes (frameBytesMax).`);
    }
    const frame = this.outlet.codec.decode(body, 'client');
    const id = 'id' in frame ? frame.id : undefined;
    if (this.#state !== 'ready' && frame.type !== 'setup') {
      throw new ProtocolError('SETUP_REQUIRED', `Send setup and wait for ready before ${frame.type}.`, { id });
    }
    this.#requireRate(frame, id);
    return frame;
  }

  #requireRate(frame: ClientFrame, id: number | undefined): void {
    // A pong is asked for, so its rate is the gateway's own.
    const afterMs = frame.type === 'pong' ? 0 : this.#frames.take(this.#context.clock.now());
    if (afterMs === 0) return;
    this.#context.counters.rateLimited += 1;
    const message = `More than ${this.#context.limits.framesPerSecondMax} frames a second (framesPerSecondMax).`;
    throw new ProtocolError('RATE_LIMITED', message, { id, afterMs });
  }

  async #handle(frame: ClientFrame): Promise<void> {
    if (frame.type !== 'setup' && this.#expiry?.hasPassed === true) {
      this.#expire();
      return;
    }
    switch (frame.type) {
      case 'setup':
        return this.#setUp(frame);
      case 'subscribe':
        return this.#subscribe(frame, frame.id);
      case 'unsubscribe':
        return this.#subscriptions.remove(frame.topic, frame.id);
      case 'publish':
        return this.#publish(frame);
      case 'confirm':
        return this.#subscriptions.confirm(frame.topic, frame.seqNo);
      case 'replay':
        return this.#replay(frame);
      case 'resume':
        return this.#resume(frame);
      case 'presence':
        return this.#presence(frame);
      case 'refresh':
        return this.#refresh(frame);
      case 'modify':
        return this.#modify(frame);
      case 'read':
        return this.#read(frame);
      case 'pong':
        return;
    }
  }

  async #setUp(frame: SetupFrame): Promise<void> {
    if (this.#state !== 'new') throw new ProtocolError('ALREADY_SET_UP', 'This connection has sent setup before.');
    this.#state = 'authenticating';
    const principal = await this.#authenticated(frame.token);
    // The connection may have ended while the policy was thinking.
    if (principal === undefined || this.#isEnded()) return;
    this.#principal = principal;
    if (frame.resume === undefined) {
      this.#context.sessions.claim(this.#sessionId, this);
    } else if (!this.#adopt(frame.resume)) {
      this.#state = 'new';
      throw sessionInvalid();
    }
    this.#becomeReady();
    const { topics = [], resume } = frame;
    const path = this.#pathTopic === undefined ? [] : [{ topic: this.#pathTopic }];
    this.#subscribeAll([...(resume?.subscriptions ?? []), ...path, ...topics.map((topic) => ({ topic }))]);
  }

  /** Who the client is; `undefined` when it was refused and the connection has been ended. */
  async #authenticated(token: string | undefined): Promise<Principal | undefined> {
    try {
      const principal = await this.#context.policy.authenticate(token);
      if (!isExpired(principal, this.#context.clock.now())) return principal;
      throw new ProtocolError('AUTH_FAILED', 'The token has expired.');
    } catch (error) {
      this.#refuse(error, undefined);
      if (error instanceof ProtocolError) this.end('AUTH_FAILED', error.message);
      // A policy that failed leaves nobody who could be served; the close code makes the client come back.
      else this.end('INTERNAL', 'The access policy failed.');
      return undefined;
    }
  }

  #becomeReady(): void {
    const { clock, limits } = this.#context;
    this.#state = 'ready';
    this.#setupDeadline.cancel();
    this.#armExpiry();
    this.#heartbeat = new Heartbeat({
      clock,
      limits,
      ping: (time) => this.#send({ type: 'ping', time }),
      onSilent: () => this.end('NO_PONG', 'No frame came after a ping.'),
    });
    this.#sendReady();
  }

  #sendReady(): void {
    const { backbone, clock, gatewayName, limits } = this.#context;
    const { frameBytesMax, topicsPerConnectionMax, unacknowledgedPublishesMax } = limits;
    this.#send({
      type: 'ready',
      sessionId: this.#sessionId,
      gateway: gatewayName,
      time: clock.now(),
      heartbeatMs: limits.heartbeatMs,
      limits: { frameBytesMax, topicsPerConnectionMax, unacknowledgedPublishesMax },
      durability: backbone.durability,
      retention: { messagesMax: backbone.retentionMessagesMax },
      dedupWindowMs: backbone.dedupWindowMs,
      resumeKey: this.#context.keys.keyOf(this.#identity()),
      ...optional('expiresAt', this.#principal?.expiresAt),
    });
  }

  // #region adopt
  /** Continues another session, if the key is its key and the user its user. The last to come has it. */
  #adopt({ sessionId, resumeKey }: NonNullable<SetupFrame['resume']>): boolean {
    const { clock, counters, keys, presences, sessions } = this.#context;
    const identity = keys.check(sessionId, (this.#principal as Principal).name, resumeKey, clock.now());
    if (identity === undefined) {
      counters.resumesRefused += 1;
      return false;
    }
    counters.resumed += 1;
    this.#sessionId = sessionId;
    this.#beganAt = identity.beganAt;
    sessions.claim(sessionId, this);
    presences.back(sessionId);
    return true;
  }
  // #endregion adopt

  async #resume(frame: ResumeFrame): Promise<void> {
    if (this.#subscriptions.size > 0) {
      throw new ProtocolError('ALREADY_SUBSCRIBED', 'Resume before the first subscribe, or inside setup.');
    }
    const former = this.#sessionId;
    if (!this.#adopt(frame)) throw sessionInvalid();
    if (former !== this.#sessionId) {
      this.#context.sessions.release(former, this);
      this.#context.presences.end(former);
    }
    const resumeKey = this.#context.keys.keyOf(this.#identity());
    this.#send({ type: 'resumed', id: frame.id, sessionId: this.#sessionId, resumeKey });
    this.#subscribeAll(frame.subscriptions);
  }

  #subscribeAll(requests: readonly SubscriptionRequest[]): void {
    for (const request of requests) {
      this.#subscribe(request, undefined).catch((error) => this.#refuse(error, undefined, request.topic));
    }
  }

  async #subscribe(request: SubscriptionRequest, id: number | undefined): Promise<void> {
    const { topic } = request;
    this.#require('subscribe', topic);
    const work = this.#subscriptions.add(planOf(request), id, this.#order.publishesOn(topic));
    this.#order.opening(topic, work);
    await work;
    this.#endIfUnread();
  }

  async #replay(frame: ReplayFrame): Promise<void> {
    this.#require('subscribe', frame.topic);
    await this.#order.publishesOn(frame.topic);
    this.#subscriptions.replay(frame);
  }

  async #read(frame: ReadFrame): Promise<void> {
    this.#require('subscribe', frame.topic);
    await this.#order.publishesOn(frame.topic);
    await this.#readings.read(frame);
  }

  async #modify({ id, topic, maxRateHz }: ModifyFrame): Promise<void> {
    const tierHz = this.#subscriptions.modify(topic, maxRateHz);
    this.#send({ type: 'modified', id, topic, ...optional('maxRateHz', tierHz) });
  }

  async #publish({ type: _type, id, ...publication }: PublishFrame): Promise<void> {
    const { limits, publishing } = this.#context;
    const principal = this.#principal as Principal;
    publishing.requireGrant(principal, publication.topic);
    if (this.#unacknowledged >= limits.unacknowledgedPublishesMax) {
      const message = `Wait for acks: ${this.#unacknowledged} publishes have none yet (unacknowledgedPublishesMax).`;
      throw new ProtocolError('TOO_MANY_UNACKNOWLEDGED', message);
    }
    this.#unacknowledged += 1;
    try {
      const { messageId, topic } = publication;
      const opening = this.#order.openingOf(topic);
      const publish = () => publishing.publish(principal, publication);
      const work = opening === undefined ? publish() : opening.then(publish);
      this.#order.publishing(topic, work);
      const { status, position } = await work;
      this.#send({ type: 'ack', id, messageId, status, epoch: position.epoch, seqNo: position.seqNo });
    } finally {
      this.#unacknowledged -= 1;
    }
  }

  async #presence({ id, topic, action, data }: PresenceFrame): Promise<void> {
    this.#require('presence', topic);
    const member = { user: (this.#principal as Principal).name, sessionId: this.#sessionId };
    const { presences } = this.#context;
    const { messageId, status, position } =
      action === 'leave'
        ? await presences.leave(member, topic)
        : await presences[action](member, topic, data as JsonValue | undefined);
    this.#send({ type: 'ack', id, messageId, status, epoch: position.epoch, seqNo: position.seqNo });
  }

  /** One after the other, so that the last token that was sent is the one that counts. */
  #refresh(frame: RefreshFrame): Promise<void> {
    const work = this.#refreshing.then(() => this.#takeToken(frame));
    this.#refreshing = work.catch(() => {});
    return work;
  }

  async #takeToken({ id, token }: RefreshFrame): Promise<void> {
    const principal = await this.#context.policy.authenticate(token);
    if (this.#isEnded()) return;
    if (principal.name !== this.#principal?.name) {
      throw new ProtocolError('AUTH_FAILED', 'The token in refresh is of another user.');
    }
    if (isExpired(principal, this.#context.clock.now())) {
      throw new ProtocolError('AUTH_FAILED', 'The token in refresh has expired.');
    }
    this.#principal = principal;
    this.#armExpiry();
    this.#send({ type: 'refreshed', id, ...optional('expiresAt', principal.expiresAt) });
    this.recheckAccess();
  }

  #armExpiry(): void {
    this.#expiry?.cancel();
    const expiresAt = this.#principal?.expiresAt;
    if (expiresAt === undefined) this.#expiry = undefined;
    else this.#expiry = new Deadline(this.#context.clock, expiresAt, () => this.#expire());
  }

  #expire(): void {
    this.#context.counters.expired += 1;
    this.end('TOKEN_EXPIRED', 'The token has expired.');
  }

  #identity(): SessionIdentity {
    return { sessionId: this.#sessionId, user: (this.#principal as Principal).name, beganAt: this.#beganAt };
  }

  #require(action: Action, topic: string): void {
    const { policy, onInternalError } = this.#context;
    requireAccess(policy, this.#principal as Principal, action, topic, onInternalError);
  }

  #may(action: Action, topic: string): boolean {
    if (this.#expiry?.hasPassed === true) return false;
    const { policy, onInternalError } = this.#context;
    return isAllowed(policy, this.#principal as Principal, action, topic, onInternalError);
  }

  #send(frame: GatewayFrame): void {
    if (this.#state === 'ended') return;
    this.outlet.send(frame);
    this.#endIfUnread();
  }

  #endIfUnread(): void {
    const { sendBufferBytesMax } = this.#context.limits;
    if (this.outlet.bufferedBytes <= sendBufferBytesMax) return;
    this.end('SLOW_CONSUMER', `More than ${sendBufferBytesMax} bytes wait to be read (sendBufferBytesMax).`);
  }

  /** Answers a request that failed, and ends the connection where the client cannot be served at all. */
  #refuse(error: unknown, requestId: number | undefined, topic?: string): void {
    const known = error instanceof ProtocolError ? error : this.#internal(error);
    const { code, message, retry, afterMs } = known;
    if (DENIALS.includes(code)) this.#context.counters.denied += 1;
    this.#send({
      type: 'error',
      code,
      message,
      retry,
      ...optional('id', known.id ?? requestId),
      ...optional('afterMs', afterMs),
      ...optional('topic', known.topic ?? topic),
    });
    if (code === 'VERSION_UNSUPPORTED') this.end('VERSION_UNSUPPORTED', message);
  }

  #internal(error: unknown): ProtocolError {
    this.#context.onInternalError(error);
    return new ProtocolError('INTERNAL', 'The gateway failed unexpectedly; try again.');
  }

  #countBadFrame(): void {
    this.#context.counters.badFrames += 1;
    this.#badFrames += 1;
    if (this.#badFrames < this.#context.limits.badFramesMax) return;
    this.end('PROTOCOL_ERROR', `${this.#badFrames} frames could not be understood (badFramesMax).`);
  }

  #isEnded(): boolean {
    return this.#state === 'ended';
  }
}

/** A policy that cannot answer has not said yes. */
function isStillValid(policy: AccessPolicy, principal: Principal): boolean {
  try {
    return policy.isValid(principal);
  } catch {
    return false;
  }
}

function sessionInvalid(): ProtocolError {
  return new ProtocolError('SESSION_INVALID', 'There is no such session of this user with this key.');
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}
