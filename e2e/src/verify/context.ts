/** What one check in one encoding may use: connections, and names that nothing else uses. All of it ends with the check. */

import type { Encoding, LimitName, ReadyFrame, SubscriptionRequest } from '@micro-socket/protocol';
import type { Connection } from '@micro-socket/transport';
import { FrameLog } from './frame-log.ts';
import { type Mismatch, Skipped } from './mismatch.ts';
import { PausableConnection } from './pausable.ts';
import { VerifyPeer } from './peer.ts';
import type { Settings } from './settings.ts';

/** As whom a connection is set up. */
export type Identity = 'main' | 'reader' | 'anonymous';

export interface ConnectOptions {
  readonly as?: Identity;
  /** Default: the encoding under test. */
  readonly encoding?: Encoding;
  /** False leaves setup to the check. */
  readonly setup?: boolean;
  /** False leaves pings without an answer. */
  readonly answersPing?: boolean;
}

/** Added to a bound before patience is compared with it: how late a correct gateway may be on a slow machine. */
const MARGIN_MS = 3_000;

export class CheckContext {
  readonly encoding: Encoding;
  readonly settings: Settings;
  readonly log = new FrameLog();
  readonly #names: () => string;
  readonly #peers: VerifyPeer[] = [];
  readonly #cleanups: (() => void)[] = [];

  constructor(settings: Settings, encoding: Encoding, names: () => string) {
    this.settings = settings;
    this.encoding = encoding;
    this.#names = names;
  }

  /** Connects to the gateway and, unless told otherwise, sets the connection up. */
  async connect(options: ConnectOptions = {}): Promise<VerifyPeer> {
    const { as = 'main', encoding = this.encoding, setup = true, answersPing = true } = options;
    const peer = this.#peerOn(await this.settings.dial(encoding), answersPing);
    if (setup) await peer.setUp(this.credentials(as));
    return peer;
  }

  /**
   * Connects over a WebSocket of the suite's own, whose reader can stop, at the address's path or below it. Skips unless
   * the gateway is reached over a WebSocket.
   */
  async connectWebSocket(below = ''): Promise<{ readonly peer: VerifyPeer; readonly connection: PausableConnection }> {
    this.needWebSocket();
    const { address, ca } = this.settings;
    const connection = await PausableConnection.dial(`${address}${below}`, this.encoding, ca);
    const peer = this.#peerOn(connection, true);
    await peer.setUp(this.credentials());
    return { peer, connection };
  }

  #peerOn(connection: Connection, answersPing: boolean): VerifyPeer {
    const { patienceMs } = this.settings;
    const name = String.fromCharCode(65 + (this.#peers.length % 26));
    const peer = new VerifyPeer({ name, connection, patienceMs, log: this.log, answersPing });
    this.#peers.push(peer);
    return peer;
  }

  /** The fields of setup that say who the client is. Skips when the run was not told. */
  credentials(as: Identity = 'main'): { readonly token?: string } {
    if (as === 'reader') return { token: this.readerToken };
    return as === 'anonymous' || this.settings.token === undefined ? {} : { token: this.settings.token };
  }

  /** Sets a connection up with the session that `ready` named, and resolves with the new `ready`. */
  resume(
    peer: VerifyPeer,
    { sessionId, resumeKey }: Pick<ReadyFrame, 'sessionId' | 'resumeKey'>,
    subscriptions: readonly SubscriptionRequest[],
  ): Promise<ReadyFrame> {
    const resume = { sessionId, resumeKey, subscriptions: [...subscriptions] };
    return peer.setUp({ ...this.credentials(), resume });
  }

  get readerToken(): string {
    return this.settings.readerToken ?? this.skip('it needs --reader-token: another user, who may only subscribe');
  }

  /** A topic below `verify.` that nothing else uses. */
  topic(): string {
    return `verify.${this.#names()}`;
  }

  /** A messageId that nothing else uses. */
  messageId(): string {
    return `m-${this.#names()}`;
  }

  /** The encoding that is not under test. Skips when the run is made in one encoding only. */
  get otherEncoding(): Encoding {
    const other = this.encoding === 'json' ? 'msgpack' : 'json';
    if (this.settings.encodings.includes(other)) return other;
    return this.skip('it needs both encodings: --encoding both');
  }

  /** Whether the gateway is reached over a WebSocket. */
  get isWebSocket(): boolean {
    return /^wss?:/.test(this.settings.address);
  }

  /** Skips unless the gateway is reached over a WebSocket. */
  needWebSocket(): void {
    if (!this.isWebSocket) this.skip('the address is not that of a WebSocket');
  }

  /** Skips unless the gateway is reached over a byte stream. */
  needStream(): void {
    if (!/^(tcp|tls|ipc):/.test(this.settings.address)) this.skip('the address is not that of a byte stream');
  }

  /** Skips when the gateway may take longer than this run waits. `name` says which bound it is. */
  needPatience(name: LimitName | string, boundMs: number): void {
    const neededMs = boundMs + MARGIN_MS;
    if (this.settings.patienceMs >= neededMs) return;
    this.skip(`${name} is ${boundMs} ms; it needs --patience-ms ${neededMs} or more`);
  }

  skip(reason: string): never {
    throw new Skipped(reason);
  }

  /** Runs at the end of the check, whatever its outcome. */
  onEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** Ends all connections. Resolves with what the gateway did against the protocol on one of them. */
  end(): Mismatch | undefined {
    for (const cleanup of this.#cleanups) cleanup();
    for (const peer of this.#peers) peer.drop();
    return this.#peers.find(({ violation }) => violation !== undefined)?.violation;
  }
}
