/**
 * A client's program: what it asks of the real client library, and what it writes down of what it is given.
 *
 * It does what a careful program does: it subscribes again after an error that ended a subscription, and starts a new
 * client when the old one has given up.
 */

import {
  Client,
  type Message,
  type MessageVerifier,
  type Signature,
  type SignedContent,
  type Subscription,
  type SubscriptionOptions,
} from '@micro-socket/client';
import type { Encoding, JsonValue, Position, SubscriptionMode } from '@micro-socket/protocol';
import type { Connection } from '@micro-socket/transport';
import { Chance } from '../chance.ts';
import type { HistoryEvent, ToldGap } from '../history.ts';
import type { SimConnection } from '../network/connection.ts';
import { NodeClock } from '../time/node-clock.ts';
import type { VirtualTime } from '../time/virtual-time.ts';

/** How long a program waits before it tries again what failed. */
const AGAIN_MS = 700;

/** What a program wants of one topic. */
export interface Interest {
  readonly topic: string;
  readonly mode: SubscriptionMode;
  readonly from: 'live' | 'snapshot' | { readonly last: number };
  readonly options: Pick<SubscriptionOptions, 'onGap' | 'maxRateHz' | 'confirmWindow' | 'checksum'>;
}

export interface ClientNodeOptions {
  readonly name: string;
  readonly seed: number;
  readonly time: VirtualTime;
  readonly encoding: Encoding;
  readonly interests: readonly Interest[];
  /** It sends one publish at a time. */
  readonly ordered: boolean;
  readonly publishTimeoutMs: number;
  readonly newToken: () => string;
  readonly dial: (node: ClientNode) => Promise<Connection>;
  /** Signs what the program publishes. */
  readonly sign: ((message: SignedContent) => Signature) | undefined;
  readonly verifier: MessageVerifier;
  readonly at: () => number;
  readonly record: (event: HistoryEvent) => void;
}

interface Open {
  readonly name: string;
  subscription: Subscription | undefined;
  isOver: boolean;
}

export class ClientNode {
  readonly name: string;
  readonly #options: ClientNodeOptions;
  /** Where each topic stood when the program was last given something of it. */
  readonly #positions = new Map<string, Position>();
  readonly #open = new Map<string, Open>();
  #clock: NodeClock;
  #client: Client | undefined;
  #connection: SimConnection | undefined;
  #token: string | undefined;
  #tokenFrozen = false;
  #lives = 0;
  #calls = 0;
  #subscriptions = 0;
  #isSlow = false;

  constructor(options: ClientNodeOptions) {
    this.#options = options;
    this.name = options.name;
    this.#clock = new NodeClock(options.time);
  }

  get connection(): SimConnection | undefined {
    return this.#connection;
  }

  /** Whether its process runs. */
  get isUp(): boolean {
    return this.#client !== undefined;
  }

  /** The program begins, or begins anew. */
  start(): void {
    this.#lives += 1;
    const { seed, name, dial, publishTimeoutMs, ordered } = this.#options;
    const clock = this.#clock;
    const random = new Chance(seed, `${name}/${this.#lives}`);
    const client = new Client(
      { dial: () => dial(this), clock, random },
      {
        token: async () => this.#nextToken(),
        connectTimeoutMs: 3_000,
        reconnect: { baseMs: 100, capMs: 2_000, first: true },
        publishTimeoutMs,
        ...(ordered ? { publishesInFlightMax: 1 } : {}),
      },
    );
    this.#client = client;
    client.closed.then(() => {
      if (this.#client === client) clock.after(AGAIN_MS, () => this.start());
    });
    const subscribeAll = () => {
      for (const interest of this.#options.interests) this.#subscribe(interest, client);
    };
    // A client that could not be opened is told of by `closed`, too.
    client.open().then(subscribeAll, () => {});
  }

  /** The process ends without a word, and what was under way is lost. */
  kill(): void {
    this.#clock.kill();
    this.#clock = new NodeClock(this.#options.time);
    this.#client = undefined;
    this.#connection?.clientGone();
    this.#connection = undefined;
    for (const [topic, open] of this.#open) this.#end(open, topic, undefined);
    this.#open.clear();
  }

  connected(connection: SimConnection): void {
    this.#connection = connection;
    if (this.#isSlow) connection.clientEnd.pauseReading();
  }

  pauseReading(): void {
    this.#isSlow = true;
    this.#connection?.clientEnd.pauseReading();
  }

  resumeReading(): void {
    this.#isSlow = false;
    this.#connection?.clientEnd.resumeReading();
  }

  /** Its source of tokens gives the last one again and again, or works again. */
  freezeToken(isFrozen: boolean): void {
    this.#tokenFrozen = isFrozen;
  }

  publish(topic: string, messageId: string, data: JsonValue, key?: string): void {
    const client = this.#client;
    if (client === undefined) return;
    const { name, at, record, ordered, sign } = this.#options;
    this.#calls += 1;
    const call = this.#calls;
    const common = { client: name, topic, messageId, call };
    const keyed = key === undefined ? {} : { key };
    record({ kind: 'publish', at: at(), principal: name, ...common, ...keyed, data, ordered });
    client.publish(topic, data, { messageId, ...keyed, ...(sign === undefined ? {} : { signWith: sign }) }).then(
      ({ status, position }) => {
        if (this.#client !== client) return;
        record({ kind: 'published', at: at(), ...common, status, position });
      },
      (error: unknown) => {
        if (this.#client !== client) return;
        record({ kind: 'publish-failed', at: at(), ...common, code: codeOf(error) });
      },
    );
  }

  #nextToken(): string {
    if (!this.#tokenFrozen || this.#token === undefined) this.#token = this.#options.newToken();
    return this.#token;
  }

  #subscribe(interest: Interest, client: Client): void {
    if (this.#client !== client) return;
    const { topic, mode, options } = interest;
    const { name, verifier } = this.#options;
    this.#subscriptions += 1;
    const open: Open = { name: `${name}/${this.#subscriptions}`, subscription: undefined, isOver: false };
    this.#open.set(topic, open);
    const known = mode === 'stream' ? this.#positions.get(topic) : undefined;
    const from = known ?? interest.from;
    this.#record({ kind: 'subscribe', at: this.#options.at(), ...this.#of(open, topic), principal: name, mode, from });
    const again = () => this.#clock.after(AGAIN_MS, () => this.#subscribe(interest, client));
    client
      .subscribe(topic, {
        ...options,
        mode,
        from,
        verifier,
        onMessage: (message) => this.#deliver(message, open),
        onLoss: (gap) => this.#told(gap, open, topic),
        onIntegrityError: ({ code }) => this.#wrong(code, open, topic),
        onEnd: (error) => {
          this.#end(open, topic, error === undefined ? undefined : codeOf(error));
          if (codeOf(error) === 'POSITION_GONE') this.#positions.delete(topic);
          again();
        },
      })
      .then(
        (subscription) => {
          open.subscription = subscription;
        },
        (error: unknown) => {
          if (codeOf(error) === 'POSITION_GONE') this.#positions.delete(topic);
          if (open.isOver) return;
          this.#end(open, topic, codeOf(error));
          again();
        },
      );
  }

  #deliver(message: Message, open: Open): void {
    const { topic, epoch, seqNo, messageId, data, key, gap, conflated, fromSnapshot, verdict } = message;
    this.#positions.set(topic, { epoch, seqNo, messageId });
    if (verdict?.ok === false && verdict.code !== 'SIGNATURE_MISSING') this.#wrong(verdict.code, open, topic);
    this.#record({
      kind: 'delivered',
      at: this.#options.at(),
      ...this.#of(open, topic),
      epoch,
      seqNo,
      messageId,
      ...(key === undefined ? {} : { key }),
      data,
      ...(gap === undefined ? {} : { gap }),
      ...(conflated === undefined ? {} : { conflated }),
      ...(fromSnapshot === undefined ? {} : { fromSnapshot }),
    });
  }

  #told(gap: ToldGap, open: Open, topic: string): void {
    this.#record({ kind: 'told', at: this.#options.at(), ...this.#of(open, topic), gap });
  }

  #wrong(code: string, open: Open, topic: string): void {
    this.#record({ kind: 'integrity', at: this.#options.at(), ...this.#of(open, topic), code });
  }

  #end(open: Open, topic: string, code: string | undefined): void {
    if (open.isOver) return;
    open.isOver = true;
    const coded = code === undefined ? {} : { code };
    this.#record({ kind: 'ended', at: this.#options.at(), ...this.#of(open, topic), ...coded });
  }

  #of(open: Open, topic: string) {
    return { client: this.name, subscription: open.name, topic };
  }

  #record(event: HistoryEvent): void {
    this.#options.record(event);
  }
}

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : String(error);
}
