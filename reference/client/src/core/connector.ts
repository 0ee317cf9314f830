/**
 * The life of a client's connection: dialling, setup, and what to do when it ends.
 *
 * Theory of operation. There is at most one link. An attempt asks for a token, dials, sends `setup` and waits for
 * `ready`; whatever goes wrong on the way, and every end of a link that was ready, comes together in `#over`, which
 * decides between another attempt and the end (§7). Each attempt is a round: what an earlier one still brings, such as
 * a connection that was dialled too late, is turned away. The session and its key are kept from one link to the next.
 *
 * What it is not: it knows nothing of subscriptions and publishes. Its host is told of a ready link and of the loss of
 * one, and takes every frame in between.
 */

import {
  bodyBytes,
  type GatewayFrame,
  type GoodbyeFrame,
  ProtocolError,
  type ReadyFrame,
  reconnectPolicyOf,
  type SubscriptionRequest,
} from '@micro-socket/protocol';
import { AddressError, type Clock, type Connection, type Random, type Timer } from '@micro-socket/transport';
import { type BackOff, backOffMs, between, STABLE_MS } from './back-off.ts';
import { TIMER_MS_MAX } from './bound.ts';
import { ConnectionClosedError, ConnectTimeoutError, ReconnectGivenUpError } from './errors.ts';
import { Link } from './link.ts';
import { errorOf } from './protocol-error.ts';
import { type SessionKey, setupFrame } from './setup-frame.ts';
import { CLIENT_TRANSITIONS, type ClientState, type ClientStatus } from './status.ts';

/** What a client needs of the world. */
export interface ClientPorts {
  /** Opens a new connection to the gateway, the same encoding each time. */
  readonly dial: () => Promise<Connection>;
  readonly clock: Clock;
  readonly random: Random;
}

/** How the last connection ended. */
export interface Closed {
  /** The close code, 1006 where there was none. */
  readonly code: number;
  readonly reason: string;
  /** What the gateway said before, if it said goodbye. */
  readonly goodbye: GoodbyeFrame | undefined;
  /** Why the client gave up; absent where the program closed it. */
  readonly error: Error | undefined;
}

export interface ConnectorSettings {
  readonly token: () => Promise<string | undefined>;
  /** Whether the next token can be another one than the last. */
  readonly tokenChanges: boolean;
  readonly client: { readonly name: string; readonly version: string } | undefined;
  readonly connectTimeoutMs: number;
  /** `undefined`: nothing is tried again. */
  readonly reconnect: ReconnectSettings | undefined;
}

export interface ReconnectSettings extends BackOff {
  readonly attemptsMax: number;
  /** Whether the first connection is tried again as well. */
  readonly first: boolean;
}

/** A link on which the gateway is ready. */
export interface Established {
  readonly link: Link;
  readonly ready: ReadyFrame;
  /** Whether the session is that of the connection before. */
  readonly resumed: boolean;
  /** Whether there was a connection before. */
  readonly again: boolean;
  /** Topics whose answer comes without being asked for any more. */
  readonly resuming: ReadonlySet<string>;
}

export interface ConnectorHost {
  /** What to subscribe to with the setup of a session that is resumed. */
  subscriptions(): readonly SubscriptionRequest[];
  onReady(established: Established): void;
  /** A frame of a ready link. */
  onFrame(frame: GatewayFrame): void;
  onUnreadable(error: Error): void;
  onWritable(): void;
  /** A link that was ready is lost; another attempt follows. */
  onLost(error: Error): void;
  /** There will be no link any more; without an error where that was the program's wish. */
  onClosed(error: Error | undefined): void;
  onStatus(status: ClientStatus): void;
}

/** A gateway that shuts down without saying when to come back, in milliseconds. */
const WINDOW_MS = 5_000;

/** Refusals of a setup that a setup without `resume` may not meet. */
const RESUME_REFUSALS: readonly string[] = ['SESSION_INVALID', 'INVALID_FIELD', 'FRAME_TOO_LARGE'];

const TOKEN_EXPIRED = 4006;

export class Connector {
  /** Resolves when the last connection has ended, whoever ended it. */
  readonly closed: Promise<Closed>;
  readonly #ports: ClientPorts;
  readonly #settings: ConnectorSettings;
  readonly #host: ConnectorHost;
  #resolveClosed: (closed: Closed) => void = () => {};
  #status: ClientStatus = { state: 'connecting', attempt: 0 };
  /** Of the link that is being made or used. */
  #link: Link | undefined;
  #round = 0;
  #timer: Timer | undefined;
  #session: SessionKey | undefined;
  #resuming: ReadonlySet<string> | undefined;
  /** What setup was refused for; the close that follows says less. */
  #refusal: Error | undefined;
  #goodbye: GoodbyeFrame | undefined;
  #ready: ReadyFrame | undefined;
  #readyAt = 0;
  #attempts = 0;
  /** Failures since a link was last stable; what the back-off grows with. */
  #failures = 0;

  constructor(ports: ClientPorts, settings: ConnectorSettings, host: ConnectorHost) {
    this.#ports = ports;
    this.#settings = settings;
    this.#host = host;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get status(): ClientStatus {
    return this.#status;
  }

  /** The link on which the gateway is ready. */
  get link(): Link | undefined {
    return this.#status.state === 'ready' ? this.#link : undefined;
  }

  /** What the gateway of the last ready link said of itself. */
  get ready(): ReadyFrame | undefined {
    return this.#ready;
  }

  /** Whether there was an attempt already, or there will be none. */
  get wasOpened(): boolean {
    return this.#round > 0;
  }

  /** Begins the first attempt. */
  open(): void {
    this.#attempt();
  }

  /** Ends it all, because the program wants it. */
  close(): void {
    if (this.#status.state === 'closed') return;
    this.#round += 1;
    this.#timer?.cancel();
    const link = this.#link;
    this.#become({ state: 'closed', attempt: 0 });
    this.#host.onClosed(undefined);
    if (link === undefined) this.#resolveClosed({ code: 1000, reason: '', goodbye: undefined, error: undefined });
    // The link is still listened to: its end is what `closed` waits for.
    else link.close(1000, '');
  }

  #attempt(): void {
    const { connectTimeoutMs } = this.#settings;
    this.#round += 1;
    this.#attempts += 1;
    this.#goodbye = undefined;
    this.#become({ ...withoutWait(this.#status), attempt: this.#attempts });
    if (this.#status.state === 'closed') return;
    const { clock } = this.#ports;
    this.#timer = clock.after(connectTimeoutMs, () => {
      this.#link?.abandon();
      this.#over(this.#refusal ?? new ConnectTimeoutError(connectTimeoutMs), 1006, 'not ready in time');
    });
    const round = this.#round;
    this.#dialAndSetUp(round).catch((error: Error) => {
      if (round !== this.#round) return;
      this.#link?.abandon();
      this.#over(error, 1006, error.message);
    });
  }

  async #dialAndSetUp(round: number): Promise<void> {
    const token = await this.#settings.token();
    if (round !== this.#round) return;
    const connection = await this.#ports.dial();
    const link = new Link(connection, this.#ports.clock, {
      onFrame: (frame) => this.#take(frame, link, token),
      onUnreadable: (error) => this.#host.onUnreadable(error),
      onWritable: () => this.#host.onWritable(),
      onLost: (code, reason) => this.#lost(code, reason),
    });
    if (round !== this.#round) {
      link.abandon();
      return;
    }
    this.#link = link;
    this.#setUp(link, token);
  }

  #setUp(link: Link, token: string | undefined): void {
    const bytesMax = this.#ready?.limits.frameBytesMax ?? Number.POSITIVE_INFINITY;
    const session = this.#session;
    const frame = setupFrame(
      { token, client: this.#settings.client, session, subscriptions: this.#host.subscriptions() },
      (setup) => bodyBytes(link.encode(setup), bytesMax) <= bytesMax,
    );
    this.#resuming = frame.resume && new Set(frame.resume.subscriptions.map(({ topic }) => topic));
    link.send(frame);
  }

  #take(frame: GatewayFrame, link: Link, token: string | undefined): void {
    if (frame.type === 'ping') link.send({ type: 'pong', time: frame.time });
    else if (frame.type === 'goodbye') this.#goodbye = frame;
    else if (this.#status.state === 'ready') this.#host.onFrame(frame);
    else if (this.#status.state === 'closed') return;
    else if (frame.type === 'ready') this.#accepted(frame, link);
    else if (frame.type === 'error') this.#refused(errorOf(frame), link, token);
  }

  #accepted(ready: ReadyFrame, link: Link): void {
    const resumed = this.#resuming !== undefined && this.#session?.sessionId === ready.sessionId;
    const resuming = resumed && this.#resuming !== undefined ? this.#resuming : new Set<string>();
    const again = this.#ready !== undefined;
    this.#timer?.cancel();
    this.#session = { sessionId: ready.sessionId, resumeKey: ready.resumeKey };
    this.#ready = ready;
    this.#readyAt = this.#ports.clock.now();
    this.#attempts = 0;
    link.accept(ready);
    this.#change({ state: 'ready', attempt: 0 });
    this.#host.onReady({ link, ready, resumed, again, resuming });
    this.#host.onStatus(this.#status);
  }

  /** A session that cannot be resumed is begun anew on the same connection (§4.1). */
  #refused(error: ProtocolError, link: Link, token: string | undefined): void {
    if (this.#resuming !== undefined && RESUME_REFUSALS.includes(error.code)) {
      this.#session = undefined;
      this.#setUp(link, token);
      return;
    }
    // A client that was never ready is of no use to anyone, so its connection is not left open.
    this.#refusal ??= error;
    link.close(1000, '');
  }

  #lost(code: number, reason: string): void {
    this.#over(this.#refusal ?? new ConnectionClosedError(code, reason), code, reason);
  }

  /** An attempt has failed, or a link that was ready has ended. */
  #over(error: Error, code: number, reason: string): void {
    const { state } = this.#status;
    this.#round += 1;
    this.#timer?.cancel();
    this.#link = undefined;
    this.#refusal = undefined;
    if (state === 'closed') {
      this.#resolveClosed({ code, reason, goodbye: this.#goodbye, error: undefined });
      return;
    }
    if (state === 'ready' && this.#ports.clock.now() - this.#readyAt >= STABLE_MS) this.#failures = 0;
    const final = this.#finalError(error);
    if (final !== undefined) {
      this.#become({ state: 'closed', attempt: this.#attempts, reason: final });
      this.#host.onClosed(final);
      this.#resolveClosed({ code, reason, goodbye: this.#goodbye, error: final });
      return;
    }
    if (state === 'ready') this.#host.onLost(error);
    this.#wait(this.#waitMs(error), error);
  }

  #wait(retryInMs: number, reason: Error): void {
    // A program that closes the client while it is told of the loss is heard.
    if (this.#status.state === 'closed') return;
    const state = this.#ready === undefined ? 'connecting' : 'reconnecting';
    this.#timer = this.#ports.clock.after(retryInMs, () => this.#attempt());
    this.#become({ state, attempt: this.#attempts + 1, retryInMs, reason });
  }

  /** What ends the client, or `undefined` when it is worth another attempt. */
  #finalError(error: Error): Error | undefined {
    const { reconnect } = this.#settings;
    if (reconnect === undefined) return error;
    if (this.#ready === undefined && !reconnect.first) return error;
    if (this.#isFinal(error)) return error;
    const { attemptsMax } = reconnect;
    return this.#attempts >= attemptsMax ? new ReconnectGivenUpError(attemptsMax, error) : undefined;
  }

  #isFinal(error: Error): boolean {
    if (error instanceof AddressError) return true;
    if (error instanceof ProtocolError) return !error.retry;
    if (!(error instanceof ConnectionClosedError)) return false;
    if (error.closeCode === TOKEN_EXPIRED && this.#settings.tokenChanges) return false;
    return reconnectPolicyOf(error.closeCode) === 'stop';
  }

  #waitMs(error: Error): number {
    const { random } = this.#ports;
    if (error instanceof ConnectionClosedError && reconnectPolicyOf(error.closeCode) === 'window') {
      const { reconnectMinMs = 0, reconnectMaxMs = WINDOW_MS } = this.#goodbye ?? {};
      return Math.min(between(random, reconnectMinMs, reconnectMaxMs), TIMER_MS_MAX);
    }
    this.#failures += 1;
    const askedMs = error instanceof ProtocolError ? (error.afterMs ?? 0) : 0;
    return Math.min(Math.max(backOffMs(random, this.#failures, this.#settings.reconnect), askedMs), TIMER_MS_MAX);
  }

  #become(status: ClientStatus): void {
    this.#change(status);
    this.#host.onStatus(status);
  }

  #change(status: ClientStatus): void {
    const from: ClientState = this.#status.state;
    if (status.state !== from && !CLIENT_TRANSITIONS[from].includes(status.state)) {
      throw new Error(`A client that is ${from} cannot become ${status.state}.`);
    }
    this.#status = status;
  }
}

function withoutWait({ state, reason }: ClientStatus): Omit<ClientStatus, 'attempt'> {
  return reason === undefined ? { state } : { state, reason };
}
