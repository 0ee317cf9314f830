/**
 * One connection's conversation, from its first byte to its close (§4).
 *
 * Theory of operation. A session is `new` until a setup was accepted, `ready` then, and `ended` once. Every frame is
 * decoded and checked before anything else sees it. Requests are answered as their work completes; their work is
 * started in the order in which they came, so a publisher's own order is kept (I3). An error answers the request and
 * never ends the connection, unless the client cannot be served at all.
 *
 * Access is asked for here, before any other part hears of the request (I1).
 */

import type { Backbone } from '@micro-socket/backbone';
import {
  bodyBytes,
  CLOSE_CODES,
  type ClientFrame,
  type CloseName,
  type FrameBody,
  type GatewayFrame,
  heldBytesOf,
  type JsonValue,
  type Limits,
  ProtocolError,
  type PublishFrame,
  type SetupFrame,
} from '@micro-socket/protocol';
import type { AcceptedConnection, Clock, ConnectionHandler, Timer } from '@micro-socket/transport';
import { type AccessPolicy, type Principal, requireAccess } from './access.ts';
import { Heartbeat } from './heartbeat.ts';
import { Outlet } from './outlet.ts';
import type { Counters } from './stats.ts';
import type { SubSocketRegistry } from './sub-socket-registry.ts';
import { Subscriptions } from './subscriptions.ts';

/** What a session needs of its gateway. */
export interface SessionContext {
  readonly gatewayName: string;
  readonly backbone: Backbone;
  readonly policy: AccessPolicy;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly subSockets: SubSocketRegistry;
  readonly counters: Counters;
  readonly onEnd: (session: Session) => void;
  /** Hears of failures that are no fault of a client. */
  readonly onInternalError: (error: unknown) => void;
}

/** What keeping a message costs beside its payload: the entry itself, its id, its places in history and ring. */
const ENTRY_BYTES = 256;

export class Session implements ConnectionHandler {
  readonly sessionId: string;
  readonly outlet: Outlet;
  readonly #context: SessionContext;
  readonly #subscriptions: Subscriptions;
  readonly #setupDeadline: Timer;
  #state: 'new' | 'authenticating' | 'ready' | 'ended' = 'new';
  #principal: Principal | undefined;
  #heartbeat: Heartbeat | undefined;
  #badFrames = 0;
  #unacknowledged = 0;

  constructor(connection: AcceptedConnection, sessionId: string, context: SessionContext) {
    this.sessionId = sessionId;
    this.outlet = new Outlet(connection);
    this.#context = context;
    this.#subscriptions = new Subscriptions(this.outlet, context.subSockets, context.counters, context.limits);
    this.#setupDeadline = context.clock.after(context.limits.setupDeadlineMs, () =>
      this.end('SETUP_TIMEOUT', `No setup was accepted within ${context.limits.setupDeadlineMs} ms.`),
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
      if (error instanceof ProtocolError) this.#countBadFrame();
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

  onClose(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#setupDeadline.cancel();
    this.#heartbeat?.stop();
    this.#subscriptions.closeAll();
    this.#context.onEnd(this);
  }

  /** Ends the connection with a close code of §7. */
  end(name: CloseName, reason: string): void {
    if (this.#state === 'ended') return;
    this.outlet.close(CLOSE_CODES[name].code, reason);
    this.onClose();
  }

  /** Says goodbye with a reconnect window and ends the connection (§5.9). */
  goodbye(reason: string, reconnectMaxMs: number): void {
    if (this.#state === 'ready') {
      const { code } = CLOSE_CODES.DRAINING;
      this.#send({ type: 'goodbye', code, reason, reconnectMinMs: 0, reconnectMaxMs });
    }
    this.end('DRAINING', reason);
  }

  #decoded(body: FrameBody): ClientFrame {
    const { frameBytesMax } = this.#context.limits;
    const bytes = bodyBytes(body, frameBytesMax);
    if (bytes > frameBytesMax) {
      throw new ProtocolError('FRAME_TOO_LARGE', `The frame has more than ${frameBytesMax} bytes (frameBytesMax).`);
    }
    const frame = this.outlet.codec.decode(body, 'client');
    if (this.#state !== 'ready' && frame.type !== 'setup') {
      throw new ProtocolError('SETUP_REQUIRED', `Send setup and wait for ready before ${frame.type}.`, {
        id: 'id' in frame ? frame.id : undefined,
      });
    }
    return frame;
  }

  async #handle(frame: ClientFrame): Promise<void> {
    switch (frame.type) {
      case 'setup':
        return this.#setUp(frame);
      case 'subscribe':
        return this.#subscribe(frame.topic, frame.id);
      case 'unsubscribe':
        return this.#subscriptions.remove(frame.topic, frame.id);
      case 'publish':
        return this.#publish(frame);
      case 'pong':
        return;
    }
  }

  async #setUp(frame: SetupFrame): Promise<void> {
    const { policy, limits, clock } = this.#context;
    if (this.#state !== 'new') throw new ProtocolError('ALREADY_SET_UP', 'This connection has sent setup before.');
    this.#state = 'authenticating';
    let principal: Principal;
    try {
      principal = await policy.authenticate(frame.token);
    } catch (error) {
      this.#refuse(error, undefined);
      // A policy that failed leaves nobody who could be served; the close code makes the client come back.
      this.end('INTERNAL', 'The access policy failed.');
      return;
    }
    // The connection may have ended while the policy was thinking.
    if (this.#isEnded()) return;
    this.#principal = principal;
    this.#state = 'ready';
    this.#setupDeadline.cancel();
    this.#heartbeat = new Heartbeat({
      clock,
      limits,
      ping: (time) => this.#send({ type: 'ping', time }),
      onSilent: () => this.end('NO_PONG', 'No frame came after a ping.'),
    });
    this.#sendReady();
    for (const topic of frame.topics ?? []) {
      this.#subscribe(topic, undefined).catch((error) => this.#refuse(error, undefined, topic));
    }
  }

  #sendReady(): void {
    const { backbone, clock, gatewayName, limits } = this.#context;
    const { frameBytesMax, topicsPerConnectionMax, unacknowledgedPublishesMax } = limits;
    this.#send({
      type: 'ready',
      sessionId: this.sessionId,
      gateway: gatewayName,
      time: clock.now(),
      heartbeatMs: limits.heartbeatMs,
      limits: { frameBytesMax, topicsPerConnectionMax, unacknowledgedPublishesMax },
      durability: backbone.durability,
      retention: { messagesMax: backbone.retentionMessagesMax },
      dedupWindowMs: backbone.dedupWindowMs,
    });
  }

  async #subscribe(topic: string, id: number | undefined): Promise<void> {
    requireAccess(this.#context.policy, this.#principal as Principal, 'subscribe', topic);
    await this.#subscriptions.add(topic, id);
    this.#endIfUnread();
  }

  // #region publish
  async #publish({ id, topic, messageId, payload: checked }: PublishFrame): Promise<void> {
    const { backbone, counters, limits, policy } = this.#context;
    const principal = this.#principal as Principal;
    requireAccess(policy, principal, 'publish', topic);
    if (this.#unacknowledged >= limits.unacknowledgedPublishesMax) {
      const message = `Wait for acks: ${this.#unacknowledged} publishes have none yet (unacknowledgedPublishesMax).`;
      throw new ProtocolError('TOO_MANY_UNACKNOWLEDGED', message);
    }
    this.#unacknowledged += 1;
    try {
      // It was checked to be a JSON value when the frame was decoded.
      const payload = checked as JsonValue;
      const sizeBytes = ENTRY_BYTES + heldBytesOf(payload);
      const request = { topic, publisher: principal.name, messageId, payload, sizeBytes };
      const { status, position } = await backbone.publish(request);
      counters[status === 'ok' ? 'published' : 'duplicates'] += 1;
      this.#send({ type: 'ack', id, messageId, status, epoch: position.epoch, seqNo: position.seqNo });
    } finally {
      this.#unacknowledged -= 1;
    }
  }
  // #endregion publish

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
    if (code === 'ACL_DENIED' || code === 'AUTH_FAILED' || code === 'AUTH_REQUIRED') this.#context.counters.denied += 1;
    this.#send({
      type: 'error',
      code,
      message,
      retry,
      ...optional('id', known.id ?? requestId),
      ...optional('afterMs', afterMs),
      ...optional('topic', known.topic ?? topic),
    });
    if (code === 'AUTH_FAILED' || code === 'AUTH_REQUIRED') this.end('AUTH_FAILED', message);
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

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}
