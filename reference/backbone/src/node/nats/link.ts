/**
 * The connection to NATS: up or down, and one attempt at a time.
 *
 * The library reconnects by itself and for ever. What it does not do is to say, when the connection breaks, that the
 * answers under way will not come: they would only time out. So every attempt ends here as soon as the connection does.
 *
 * Its own timers (the time-out of a request, the pause between two dials, pings) are real ones, whatever the clock of the
 * backbone is.
 */

import type { Clock, Random } from '@micro-socket/transport';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import {
  AuthorizationError,
  connect,
  createInbox,
  type Msg,
  type NatsConnection,
  PermissionViolationError,
  TimeoutError,
  type TlsOptions,
} from '@nats-io/transport-node';
import { parseAddresses } from './addresses.ts';
import { authenticatorOf, type NatsCredentials } from './credentials.ts';
import { NatsConnectError, NatsUnsuitableError } from './errors.ts';
import { isAtLeast, VERSION_MIN } from './server-version.ts';

export type { NatsCredentials } from './credentials.ts';

export interface NatsLinkOptions {
  /**
   * `nats://host:port` or, if it must be encrypted, `tls://host:port`: one, or several of one cluster, also with commas
   * between them. What stands before an `@` is `user:password` or a token.
   */
  readonly servers: string | readonly string[];
  /** Instead of what the addresses say. */
  readonly credentials?: NatsCredentials | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** What the owner of a link hears. */
export interface LinkEvents {
  onUp(): void;
  onDown(): void;
  /** The server has said that it does not permit something. */
  onRefusal(): void;
}

const DIAL_TIMEOUT_MS = 5_000;
/** How long a server that can be reached may take to answer, before the same is asked again. */
const ANSWER_TIMEOUT_MS = 2_500;
/** A server that has stopped without closing its connections is noticed after about three of them. */
const PING_INTERVAL_MS = 4_000;
const REDIAL_MIN_MS = 25;
const REDIAL_MAX_MS = 2_000;

/** The connection broke before there was an answer, or there is none. */
export class LinkDownError extends Error {
  readonly code = 'LINK_DOWN';

  constructor(servers: string) {
    super(`The connection to NATS at ${servers} is down.`);
    this.name = 'LinkDownError';
  }
}

export class NatsLink {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** How the operator knows the servers. */
  readonly servers: string;
  readonly #connection: NatsConnection;
  readonly #clock: Clock;
  readonly #redials: { count: number };
  readonly #underWay = new Set<(error: Error) => void>();
  #events: LinkEvents | undefined;
  #isUp = true;
  /** What the server said last that it will not do for us. */
  #refusal: string | undefined;

  private constructor({ connection, servers, redials, clock }: Dialled, jsm: JetStreamManager) {
    this.#connection = connection;
    this.#clock = clock;
    this.jsm = jsm;
    this.js = jetstream(connection, { timeout: ANSWER_TIMEOUT_MS });
    this.servers = servers;
    this.#redials = redials;
    void this.#watch();
  }

  /** Throws NatsConnectError and NatsUnsuitableError. */
  static async connect(options: NatsLinkOptions): Promise<NatsLink> {
    const dialled = await dial(options);
    try {
      return new NatsLink(dialled, await requireJetStream(dialled));
    } catch (error) {
      await dialled.connection.close();
      throw error;
    }
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** That of the server at the other end. */
  get version(): string {
    return this.#connection.info?.version ?? '';
  }

  /** The largest message, headers included, that the server takes. */
  get messageBytesMax(): number {
    return this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  /** What is wrong, in one sentence; `undefined`: nothing. */
  get problem(): string | undefined {
    if (!this.#isUp) return `The NATS server at ${this.servers} cannot be reached.`;
    return this.#refusal;
  }

  listen(events: LinkEvents): void {
    this.#events = events;
  }

  /** Makes one attempt. Rejects with LinkDownError at the moment at which the connection breaks. */
  attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (!this.#isUp) {
        reject(new LinkDownError(this.servers));
        return;
      }
      this.#underWay.add(reject);
      const end = () => this.#underWay.delete(reject);
      work().then(
        (result) => {
          end();
          resolve(result);
        },
        (error: unknown) => {
          end();
          reject(error);
        },
      );
    });
  }

  /**
   * Hears what is sent to a subject, over all reconnects, until the answered function is called. `onRefused`: the server
   * does not permit it, and nothing will be heard.
   */
  subscribe(subject: string, onMessage: (message: Msg) => void, onRefused: () => void = () => {}): () => void {
    const callback = (error: Error | null, message: Msg) => {
      if (error === null) onMessage(message);
      else onRefused();
    };
    const subscription = this.#connection.subscribe(subject, { callback });
    return () => subscription.unsubscribe();
  }

  /** Makes one request that has many answers: each is given to `take` until that says that it was the last. */
  gather(subject: string, body: string, take: (answer: Msg) => boolean): Promise<void> {
    let unsubscribe = () => {};
    const gathering = this.attempt<void>(
      () =>
        new Promise((resolve, reject) => {
          const timer = this.#clock.after(ANSWER_TIMEOUT_MS, () => reject(new TimeoutError()));
          const inbox = createInbox();
          const end = this.subscribe(inbox, (answer) => {
            if (take(answer)) resolve();
          });
          unsubscribe = () => {
            timer.cancel();
            end();
          };
          this.#connection.publish(subject, body, { reply: inbox });
        }),
    );
    return gathering.finally(() => unsubscribe());
  }

  /** Resolves when the server has seen everything that was sent before. */
  flush(): Promise<void> {
    return this.attempt(() => this.#connection.flush());
  }

  async close(): Promise<void> {
    this.#events = undefined;
    this.#fall();
    if (!this.#connection.isClosed()) await this.#connection.close();
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect' || status.type === 'staleConnection' || status.type === 'close') this.#fall();
      else if (status.type === 'reconnect') this.#rise();
      else if (status.type === 'reconnecting') this.#redials.count += 1;
      else if (status.type === 'error') this.#hearError(status.error);
    }
  }

  /** The library tells of one reconnect as often as it has tried. */
  #rise(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#refusal = undefined;
    this.#redials.count = 0;
    this.#events?.onUp();
  }

  #fall(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    const error = new LinkDownError(this.servers);
    for (const reject of [...this.#underWay]) reject(error);
    this.#underWay.clear();
    this.#events?.onDown();
  }

  #hearError(error: Error): void {
    if (error instanceof PermissionViolationError) {
      this.#refusal = `The NATS server at ${this.servers} does not permit this gateway to use ${error.subject}.`;
      this.#events?.onRefusal();
    }
  }
}

interface Dialled {
  readonly connection: NatsConnection;
  /** How the operator knows the servers. */
  readonly servers: string;
  /** How often the library has dialled in vain since it was last connected. */
  readonly redials: { count: number };
  readonly clock: Clock;
}

async function dial(options: NatsLinkOptions): Promise<Dialled> {
  const { clock, random } = options;
  const { hosts, label: servers, isTls, credentials: given } = parseAddresses(options.servers);
  const { credentials = given, tls = isTls ? {} : undefined } = options;
  const redials = { count: 0 };
  try {
    const connection = await connect({
      servers: shuffled(hosts, random),
      noRandomize: true,
      name: 'micro-socket',
      timeout: DIAL_TIMEOUT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxReconnectAttempts: -1,
      // Credentials that are refused while a server is being configured anew are no reason to give up for ever.
      ignoreAuthErrorAbort: true,
      reconnectDelayHandler: () => redialDelay(redials.count, random),
      noAsyncTraces: true,
      ...(credentials && { authenticator: authenticatorOf(credentials) }),
      ...(tls && { tls }),
    });
    return { connection, servers, redials, clock };
  } catch (error) {
    if (error instanceof AuthorizationError) {
      const message = `The NATS server at ${servers} refuses the credentials: ${error.message}.`;
      throw new NatsConnectError('NATS_REFUSED', message, error);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new NatsConnectError('NATS_UNREACHABLE', `No NATS server can be reached at ${servers}: ${reason}.`, error);
  }
}

async function requireJetStream({ connection, servers }: Dialled): Promise<JetStreamManager> {
  const version = connection.info?.version ?? '';
  if (!isAtLeast(version, VERSION_MIN)) {
    const message = `The NATS server at ${servers} has version ${version}; ${VERSION_MIN} or newer is needed.`;
    throw new NatsUnsuitableError(message);
  }
  if (connection.info?.jetstream !== true) {
    throw new NatsUnsuitableError(`The NATS server at ${servers} runs without JetStream; start it with -js.`);
  }
  return jetstreamManager(connection, { checkAPI: false, timeout: ANSWER_TIMEOUT_MS });
}

/** Full jitter over twice as long a time with each try. */
function redialDelay(tries: number, random: Random): number {
  const longest = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** Math.min(tries, 16));
  return Math.ceil(longest * (random.uint32() / 2 ** 32));
}

/** So that the gateways of a cluster do not all go to its first server. */
function shuffled(list: readonly string[], random: Random): string[] {
  const order = [...list];
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.uint32() % (at + 1);
    [order[at], order[other]] = [order[other] as string, order[at] as string];
  }
  return order;
}
