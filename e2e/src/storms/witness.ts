/**
 * Stands beside the connections of a round's programs and writes down what passes: who was let in, what was resumed,
 * what came. It reads the frames themselves and does not ask the client library what it makes of them.
 *
 * It stands at the client's end: what was lost on the way is not in the history, and has reached nobody.
 */

import { type ClientFrame, codecFor, type FrameBody, type GatewayFrame, type Position } from '@micro-socket/protocol';
import type { SentEvent } from '@micro-socket/simulator';
import type { Connection, ConnectionHandler } from '@micro-socket/transport';
import type { Chronicle } from './chronicle.ts';

type Of<Type extends GatewayFrame['type']> = Extract<GatewayFrame, { type: Type }>;
type Resume = NonNullable<Extract<ClientFrame, { type: 'setup' }>['resume']>;

/** What the witness tells the program that it watches. */
export interface WitnessHost {
  readonly client: string;
  readonly principal: string;
  /** A gateway has said where a subscription goes on. */
  onSubscribed(frame: Of<'subscribed'>): void;
  /** A publish was refused. */
  onRefused(code: string): void;
}

/** The sessions of a round, and whose they are. */
export class Sessions {
  readonly #sessions = new Map<string, { readonly principal: string; readonly keys: Set<string> }>();

  give(sessionId: string, key: string, principal: string): void {
    const session = this.#sessions.get(sessionId) ?? { principal, keys: new Set() };
    session.keys.add(key);
    this.#sessions.set(sessionId, session);
  }

  /** Whether this key of the session was given to this user. */
  isOwner(sessionId: string, key: string, principal: string): boolean {
    const session = this.#sessions.get(sessionId);
    return session?.principal === principal && session.keys.has(key);
  }
}

const OF_A_TOPIC: readonly string[] = ['message', 'snapshot', 'head', 'health', 'live', 'lagged', 'subscribed'];

export interface WitnessOptions {
  readonly chronicle: Chronicle;
  readonly sessions: Sessions;
  readonly host: WitnessHost;
  /** Names the connection. */
  readonly name: string;
}

/** A connection that is watched; it can be cut, and then its user hears of a lost link. */
export class WitnessedConnection implements Connection {
  readonly #connection: Connection;
  readonly #options: WitnessOptions;
  readonly #topicByAlias = new Map<number, string>();
  /** From which position each topic was asked for. */
  readonly #asked = new Map<string, Position>();
  readonly #publishes = new Set<number>();
  #handler: ConnectionHandler | undefined;
  #resume: Resume | undefined;
  #gateway = '';
  #isOver = false;

  constructor(connection: Connection, options: WitnessOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get encoding() {
    return this.#connection.encoding;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedBytes;
  }

  start(handler: ConnectionHandler): void {
    this.#handler = handler;
    this.#connection.start({
      onFrame: (body) => {
        if (this.#isOver) return;
        this.#came(body);
        handler.onFrame(body);
      },
      onWritable: () => handler.onWritable(),
      onClose: (code, reason) => this.#end(code, reason),
    });
  }

  send(body: FrameBody): boolean {
    this.#sent(codecFor(this.encoding).decode(body, 'client'));
    return this.#connection.send(body);
  }

  close(code: number, reason: string): void {
    this.#connection.close(code, reason);
  }

  /** The link is lost for its user, who did not want that. */
  cut(): void {
    this.#end(1006, 'the network is gone');
    this.#connection.close(1000, '');
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler?.onClose(code, reason);
  }

  #sent(frame: ClientFrame): void {
    if (frame.type === 'setup') {
      this.#resume = frame.resume;
      for (const { topic, from } of frame.resume?.subscriptions ?? []) this.#note(topic, from);
    } else if (frame.type === 'subscribe') {
      this.#note(frame.topic, frame.from);
    } else if (frame.type === 'publish') {
      this.#publishes.add(frame.id);
    }
  }

  #note(topic: string, from: unknown): void {
    if (typeof from === 'object' && from !== null && 'epoch' in from) this.#asked.set(topic, from as Position);
    else this.#asked.delete(topic);
  }

  #came(body: FrameBody): void {
    const frame = codecFor(this.encoding).decode(body, 'gateway');
    if (frame.type === 'ready') this.#ready(frame);
    else if (frame.type === 'ack') this.#publishes.delete(frame.id);
    else if (frame.type === 'error') this.#error(frame);
    else if (OF_A_TOPIC.includes(frame.type)) this.#ofTopic(frame);
  }

  #ready({ gateway, sessionId, resumeKey }: Of<'ready'>): void {
    const { chronicle, sessions, host, name } = this.#options;
    const { client, principal } = host;
    const accepted = this.#resume !== undefined && this.#resume.sessionId === sessionId;
    this.#gateway = gateway;
    this.#tried(accepted);
    sessions.give(sessionId, resumeKey, principal);
    const common = { client, connection: name, gateway, principal, sessionId };
    chronicle.write({ kind: 'identified', ...common, resumed: accepted });
  }

  #tried(accepted: boolean): void {
    const { chronicle, sessions, host, name } = this.#options;
    const { client, principal } = host;
    if (this.#resume === undefined) return;
    const { sessionId, resumeKey } = this.#resume;
    const isOwner = sessions.isOwner(sessionId, resumeKey, principal);
    this.#resume = undefined;
    chronicle.write({ kind: 'resume-tried', client, connection: name, principal, sessionId, isOwner, accepted });
  }

  #error({ id, code }: Of<'error'>): void {
    if (this.#gateway === '') this.#tried(false);
    if (id !== undefined && this.#publishes.delete(id)) this.#options.host.onRefused(code);
  }

  #ofTopic(frame: GatewayFrame): void {
    if (frame.type === 'subscribed') this.#subscribed(frame);
    const { chronicle, host, name: connection } = this.#options;
    const { topic, alias, seqNo, state } = frame as Partial<Of<'message'> & Pick<Of<'health'>, 'state'>>;
    chronicle.write({
      kind: 'sent',
      gateway: this.#gateway,
      client: host.client,
      connection,
      topic: topic ?? this.#topicByAlias.get(alias ?? -1) ?? `alias ${alias}`,
      type: frame.type as SentEvent['type'],
      ...(seqNo === undefined || frame.type === 'live' ? {} : { seqNo }),
      ...(frame.type === 'health' && state !== undefined ? { state } : {}),
    });
  }

  #subscribed(frame: Of<'subscribed'>): void {
    const { topic, alias, recovered, epoch, seqNo, messageId } = frame;
    const { chronicle, host, name: connection } = this.#options;
    this.#topicByAlias.set(alias, topic);
    const asked = this.#asked.get(topic);
    chronicle.write({
      kind: 'subscribed',
      client: host.client,
      connection,
      gateway: this.#gateway,
      topic,
      recovered,
      position: { epoch, seqNo, ...(messageId === undefined ? {} : { messageId }) },
      ...(asked === undefined ? {} : { asked }),
    });
    host.onSubscribed(frame);
  }
}
