/**
 * A client's program: what it asks of the client library, and what it writes down of what it is given.
 *
 * It does what a careful program does: it subscribes again after an error that ended a subscription, and begins a new
 * client where the old one has given up. It can go to another gateway in mid-stream, as behind a load balancer.
 */

import { Client, type Message, type SubscriptionOptions } from '@micro-socket/client';
import type { JsonValue, Position } from '@micro-socket/protocol';
import { dial, systemClock, systemRandom } from '@micro-socket/transport/node';
import { type Role, tokenOf } from './cast.ts';
import type { Chronicle } from './chronicle.ts';
import type { Ledger } from './ledger.ts';
import { PUBLISH_TIMEOUT_MS } from './settings.ts';
import { type Sessions, WitnessedConnection } from './witness.ts';

/** How long a program waits before it tries again what failed, in milliseconds. */
const AGAIN_MS = 300;

/** Publishes of one program that may wait for their answers. A program that is not answered publishes nothing new. */
export const UNANSWERED_MAX = 40;

export interface ProgramOptions {
  readonly role: Role;
  /** What the names of its topics begin with. */
  readonly topicPrefix: string;
  readonly chronicle: Chronicle;
  readonly ledger: Ledger;
  readonly sessions: Sessions;
  /** The address at which its clients find a gateway. */
  readonly addressOf: (gateway: number) => string;
  /** Where it begins. */
  readonly gateway: number;
  /** Gateways may refuse publishes for now, because the backbone is broken or they do not get through to it. */
  readonly mayBeRefused: boolean;
}

interface Open {
  readonly name: string;
  /** Where the program stands, by what it was given and by what gateways have said. */
  place: Position | undefined;
  isOver: boolean;
}

export class StormProgram {
  readonly name: string;
  readonly #options: ProgramOptions;
  readonly #open = new Map<string, Open>();
  /** What the program was given last of each topic. */
  readonly #positions = new Map<string, Position>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #gateway: number;
  #client: Client | undefined;
  #connection: WitnessedConnection | undefined;
  #connections = 0;
  #subscriptions = 0;
  #calls = 0;
  #unanswered = 0;
  #acknowledged = 0;
  #isOver = false;

  constructor(options: ProgramOptions) {
    this.#options = options;
    this.name = options.role.name;
    this.#gateway = options.gateway;
  }

  get isPublisher(): boolean {
    return this.#options.role.publishes !== undefined;
  }

  /** The gateway that it is at, or on its way to. */
  get gateway(): number {
    return this.#gateway;
  }

  get unanswered(): number {
    return this.#unanswered;
  }

  /** How many of its publishes were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Whether every topic that it reads has been accepted at least once. */
  get hasBegun(): boolean {
    const { interests } = this.#options.role;
    return interests.every(({ topic }) => this.#open.get(this.#topic(topic))?.place !== undefined);
  }

  /** Whether it reads the topic in a mode that brings it to the head. */
  follows(topic: string): boolean {
    return this.#options.role.interests.some((of) => of.mode !== 'volatile' && this.#topic(of.topic) === topic);
  }

  /** Where it stands in a topic, by what it was given and by what gateways have said. */
  placeIn(topic: string): Position | undefined {
    return this.#open.get(topic)?.place;
  }

  /** What it is doing, for people. */
  describe(topics: readonly string[]): string {
    const places = topics.flatMap((topic) => {
      const open = this.#open.get(topic);
      return open === undefined ? [] : [`${topic} ${open.place?.seqNo ?? 'not begun'}${open.isOver ? ' (over)' : ''}`];
    });
    const { state, reason } = this.#client?.status ?? { state: 'none', reason: undefined };
    const why = reason === undefined ? '' : ` (${reason.message})`;
    return `${this.name} at gateway-${this.#gateway + 1} is ${state}${why}, ${this.#unanswered} unanswered, ${places.join(', ')}`;
  }

  start(): void {
    const { role } = this.#options;
    const client = new Client(
      { dial: () => this.#dial(), clock: systemClock, random: systemRandom },
      {
        token: tokenOf(role.name),
        client: { name: role.name, version: '1' },
        reconnect: { baseMs: 50, capMs: 500, first: true },
        publishTimeoutMs: PUBLISH_TIMEOUT_MS,
        ...(role.publishes === 'ordered' ? { publishesInFlightMax: 1 } : {}),
      },
    );
    this.#client = client;
    client.closed.then(() => {
      if (this.#client === client) this.#again(() => this.start());
    });
    const subscribeAll = () => {
      for (const interest of role.interests) this.#subscribe(interest, client);
    };
    // A client that could not be opened is told of by `closed`, too.
    client.open().then(subscribeAll, () => {});
  }

  /** It loses its connection and goes to another gateway, where its session has to go on. */
  moveTo(gateway: number): void {
    this.#gateway = gateway;
    this.#connection?.cut();
  }

  /** Ends it, whatever it is doing. */
  async close(): Promise<void> {
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  /** Publishes unless too much waits already. Says whether it did. */
  publish(topic: string, messageId: string, data: JsonValue, key?: string): boolean {
    const client = this.#client;
    if (client === undefined || client.state === 'closed' || client.state === 'connecting') return false;
    if (this.#unanswered >= UNANSWERED_MAX) return false;
    const { chronicle, ledger, role } = this.#options;
    this.#calls += 1;
    this.#unanswered += 1;
    const ordered = role.publishes === 'ordered';
    const keyed = key === undefined ? {} : { key };
    const call = { client: this.name, topic, messageId, call: this.#calls };
    ledger.called({ ...call, data, key, ordered });
    chronicle.write({ kind: 'publish', principal: this.name, ...call, ...keyed, data, ordered });
    client.publish(topic, data, { messageId, ...keyed }).then(
      ({ status, position }) => {
        this.#unanswered -= 1;
        this.#acknowledged += 1;
        ledger.acknowledged(call, status, position);
        chronicle.write({ kind: 'published', ...call, status, position });
      },
      (error: unknown) => {
        this.#unanswered -= 1;
        ledger.failed(call, codeOf(error));
        chronicle.write({ kind: 'publish-failed', ...call, code: codeOf(error) });
      },
    );
    return true;
  }

  async #dial(): Promise<WitnessedConnection> {
    const { role, addressOf, chronicle, sessions, ledger, mayBeRefused } = this.#options;
    if (mayBeRefused && this.#unanswered > 0) ledger.mayHaveRefused(this.name);
    const connection = await dial(addressOf(this.#gateway), role.encoding);
    this.#connections += 1;
    const witnessed = new WitnessedConnection(connection, {
      chronicle,
      sessions,
      name: `${this.name}/${this.#connections}`,
      host: {
        client: this.name,
        principal: this.name,
        onSubscribed: ({ topic, epoch, seqNo, messageId, recovered }) => {
          const open = this.#open.get(topic);
          // What follows a full recovery is still to come; what is before any other beginning is not.
          if (open !== undefined && recovered !== 'full') open.place = { epoch, seqNo, messageId };
          else if (open !== undefined) open.place ??= { epoch, seqNo, messageId };
        },
        onRefused: (code) => ledger.refused(this.name, code),
      },
    });
    this.#connection = witnessed;
    return witnessed;
  }

  #subscribe(interest: Role['interests'][number], client: Client): void {
    if (this.#client !== client) return;
    const { mode, checksum, confirmWindow } = interest;
    const topic = this.#topic(interest.topic);
    this.#subscriptions += 1;
    const open: Open = { name: `${this.name}/${this.#subscriptions}`, place: undefined, isOver: false };
    this.#open.set(topic, open);
    const from = (mode === 'stream' ? this.#positions.get(topic) : undefined) ?? interest.from ?? 'live';
    this.#options.chronicle.write({ kind: 'subscribe', ...this.#of(open, topic), principal: this.name, mode, from });
    const again = () => this.#again(() => this.#subscribe(interest, client));
    const options: SubscriptionOptions = {
      mode,
      from,
      ...(checksum === undefined ? {} : { checksum }),
      ...(confirmWindow === undefined ? {} : { confirmWindow }),
      onMessage: (message) => this.#deliver(message, open),
      onLoss: (gap) => this.#options.chronicle.write({ kind: 'told', ...this.#of(open, topic), gap }),
      onIntegrityError: ({ code }) =>
        this.#options.chronicle.write({ kind: 'integrity', ...this.#of(open, topic), code }),
      onEnd: (error) => {
        this.#end(open, topic, error);
        again();
      },
    };
    client.subscribe(topic, options).catch((error: unknown) => {
      if (open.isOver) return;
      this.#end(open, topic, error);
      again();
    });
  }

  #deliver(message: Message, open: Open): void {
    const { topic, epoch, seqNo, messageId, data, key, by, gap, conflated, fromSnapshot } = message;
    this.#positions.set(topic, { epoch, seqNo, messageId });
    if (open.place === undefined || open.place.epoch !== epoch || open.place.seqNo < seqNo) {
      open.place = { epoch, seqNo, messageId };
    }
    this.#options.ledger.delivered({ topic, epoch, seqNo, messageId, by });
    this.#options.chronicle.write({
      kind: 'delivered',
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

  #end(open: Open, topic: string, error: unknown): void {
    if (open.isOver) return;
    open.isOver = true;
    if (codeOf(error) === 'POSITION_GONE') this.#positions.delete(topic);
    const coded = error === undefined ? {} : { code: codeOf(error) };
    this.#options.chronicle.write({ kind: 'ended', ...this.#of(open, topic), ...coded });
  }

  #again(action: () => void): void {
    if (this.#isOver) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, AGAIN_MS);
    this.#timers.add(timer);
  }

  #of(open: Open, topic: string) {
    return { client: this.name, subscription: open.name, topic };
  }

  #topic(end: string): string {
    return `${this.#options.topicPrefix}${end}`;
  }
}

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : String(error);
}
