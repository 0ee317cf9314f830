/**
 * The nodes of a world and the network between them: built from the settings, and nothing else.
 *
 * It knows no faults and no phases; `perform.ts` breaks things, and `simulation.ts` lets time pass.
 */

import type { Encoding, FrameBody } from '@micro-socket/protocol';
import { SignatureVerifier, signMessage } from '@micro-socket/protocol/signature';
import { type Connection, DialError } from '@micro-socket/transport';
import { Chance } from './chance.ts';
import { EngineNode } from './engine/engine-node.ts';
import type { EngineAnswer, EngineEntry, EnginePort, EngineRequest, LinkPort } from './engine/wire.ts';
import type { HistoryEvent } from './history.ts';
import { PUBLISH_TIMEOUT_MS, SIM_LIMITS } from './limits.ts';
import { SimConnection } from './network/connection.ts';
import { Packets } from './network/packets.ts';
import { Paths } from './network/paths.ts';
import { ClientNode } from './nodes/client-node.ts';
import { GatewayNode } from './nodes/gateway-node.ts';
import { intrude } from './nodes/intruder.ts';
import { SimPolicy } from './nodes/sim-policy.ts';
import { Witness } from './nodes/witness.ts';
import { interestsOf, PublisherWork } from './nodes/workload.ts';
import { ENGINE, gatewaysOf, publishersOf, subscribersOf, topicsOf } from './plan/names.ts';
import type { Settings } from './settings.ts';
import { BEGINNING_MS, NodeClock } from './time/node-clock.ts';
import type { VirtualTime } from './time/virtual-time.ts';
import type { NetworkEvent } from './trace.ts';

const SIGNING_KEY = { alg: 'HS256', keyId: 'world', secret: new Uint8Array(32).fill(9) } as const;

/** What a client is refused with when nobody listens where it dials. */
const NOBODY = 'nobody listens there';

export interface WorldOptions {
  readonly settings: Settings;
  readonly time: VirtualTime;
  readonly record: (event: HistoryEvent) => void;
  /** Hears of what moves on the network; absent where nobody watches. */
  readonly onNetwork: ((event: NetworkEvent) => void) | undefined;
}

export class World {
  readonly settings: Settings;
  readonly paths: Paths;
  readonly packets: Packets;
  readonly policy: SimPolicy;
  readonly engine: EngineNode;
  readonly gateways = new Map<string, GatewayNode>();
  readonly clients = new Map<string, ClientNode>();
  readonly work = new Map<string, PublisherWork>();
  readonly witness: Witness;
  readonly connections = new Set<SimConnection>();
  readonly #options: WorldOptions;
  readonly #time: VirtualTime;
  readonly #balancer: Chance;
  readonly #verifier = new SignatureVerifier([SIGNING_KEY]);
  #connectionCount = 0;
  #packetCount = 0;

  constructor(options: WorldOptions) {
    const { settings, time, record } = options;
    const { seed, network } = settings;
    this.#options = options;
    this.#time = time;
    this.settings = settings;
    this.#balancer = new Chance(seed, 'balancer');
    this.paths = new Paths(new Chance(seed, 'delays'), network);
    this.packets = new Packets({
      time,
      paths: this.paths,
      chance: new Chance(seed, 'packets'),
      network,
      onPacket: ({ from, to, type, topic, seqNo }, arrivesAt, lost) =>
        this.#sawPacket({ from, to, type, topic, seqNo, arrivesAt, lost, bytes: 0 }),
    });
    this.policy = new SimPolicy(() => this.at());
    this.witness = new Witness({ at: () => this.at(), record });
    const skew = new Chance(seed, 'skew');
    const skewMs = () => skew.between(-settings.clockSkewMs, settings.clockSkewMs);
    this.engine = new EngineNode({
      seed,
      clock: new NodeClock(time, skewMs()),
      limits: SIM_LIMITS,
      at: () => this.at(),
      record,
      answer: (link, answer) => this.#answer(link, answer),
      entry: (link, entry) => this.#entry(link, entry),
    });
    for (const name of gatewaysOf(settings)) this.gateways.set(name, this.#newGateway(name, skewMs()));
    for (const name of [...publishersOf(settings), ...subscribersOf(settings)]) this.#addClient(name);
  }

  /** The moment, in milliseconds since 1970. */
  at(): number {
    return BEGINNING_MS + this.#time.now;
  }

  grant(principal: string, action: 'subscribe' | 'publish', topic: string): void {
    if (this.policy.isGranted(principal, action, topic)) return;
    this.policy.grant(principal, action, topic);
    this.#options.record({ kind: 'granted', at: this.at(), principal, action, topic });
  }

  revoke(principal: string, action: 'subscribe' | 'publish', topic: string): void {
    if (!this.policy.isGranted(principal, action, topic)) return;
    this.policy.revoke(principal, action, topic);
    this.#options.record({ kind: 'revoked', at: this.at(), principal, action, topic });
  }

  start(): void {
    for (const name of publishersOf(this.settings)) {
      for (const topic of topicsOf(this.settings)) this.grant(name, 'publish', topic);
    }
    for (const name of subscribersOf(this.settings)) {
      for (const { topic } of interestsOf(name, this.settings)) this.grant(name, 'subscribe', topic);
    }
    for (const client of this.clients.values()) client.start();
    for (const work of this.work.values()) work.start();
  }

  /** Asks a gateway that can be reached for the session of `victim`: as somebody else, or with a key that is wrong. */
  intrude(name: string, victim: string, hasKey: boolean): boolean {
    const session = this.witness.sessionOf(victim);
    const gateway = [...this.gateways.values()].find(({ isUp }) => isUp);
    if (session === undefined || gateway === undefined) return false;
    const connection = this.#connect(name, gateway, 'json');
    const { sessionId, resumeKey } = session;
    gateway.accept(connection);
    intrude(connection, {
      token: this.policy.newToken(hasKey ? name : victim, 60_000),
      sessionId,
      resumeKey: hasKey ? resumeKey : `${resumeKey.slice(0, -2)}AA`,
      topics: topicsOf(this.settings),
    });
    return true;
  }

  sawNode(node: string, state: 'up' | 'down'): void {
    this.#options.onNetwork?.({ kind: 'node', at: this.at(), node, state });
  }

  sawConnection({ client, gateway, id }: SimConnection, state: 'open' | 'closed' | 'half-open'): void {
    this.#options.onNetwork?.({ kind: 'connection', at: this.at(), client, gateway, connection: id, state });
  }

  #addClient(name: string): void {
    const { settings } = this;
    const chance = new Chance(settings.seed, `client ${name}`);
    const encoding: Encoding = chance.happens(500) ? 'json' : 'msgpack';
    const isPublisher = publishersOf(settings).includes(name);
    // Where tokens are to expire, every one of them is short.
    const isShort = chance.happens(300) || settings.faultsPerMinute['expire-token'] > 0;
    const lifeMs = isShort ? chance.between(2_000, 6_000) : 3_600_000;
    const signs = isPublisher && chance.happens(300);
    const client = new ClientNode({
      name,
      seed: settings.seed,
      time: this.#time,
      encoding,
      interests: isPublisher ? [] : interestsOf(name, settings),
      ordered: isPublisher && chance.happens(500),
      publishTimeoutMs: PUBLISH_TIMEOUT_MS,
      newToken: () => this.policy.newToken(name, lifeMs),
      dial: (node) => this.#dial(node, encoding),
      sign: signs ? (message) => signMessage(message, SIGNING_KEY) : undefined,
      verifier: this.#verifier,
      at: () => this.at(),
      record: this.#options.record,
    });
    this.clients.set(name, client);
    if (isPublisher) this.work.set(name, new PublisherWork(client, settings, this.#time));
  }

  #newGateway(name: string, skewMs: number): GatewayNode {
    return new GatewayNode({
      name,
      seed: this.settings.seed,
      time: this.#time,
      skewMs,
      limits: SIM_LIMITS,
      policy: this.policy,
      at: () => this.at(),
      record: this.#options.record,
      port: (link) => this.#portOf(name, link),
    });
  }

  /** A balancer gives each new connection to a gateway by chance. While no way is open, the dial waits. */
  #dial(client: ClientNode, encoding: Encoding): Promise<Connection> {
    const gateway = this.#balancer.pick([...this.gateways.values()]);
    return new Promise((resolve, reject) => {
      const there = this.paths.delayMs();
      const back = this.paths.delayMs();
      this.#time.after(there + back, () => {
        const isOpen = this.paths.isOpen(client.name, gateway.name) && this.paths.isOpen(gateway.name, client.name);
        if (!isOpen) return;
        if (!gateway.isUp) {
          reject(new DialError(gateway.name, NOBODY));
          return;
        }
        const connection = this.#connect(client.name, gateway, encoding);
        gateway.accept(connection);
        client.connected(connection);
        resolve(connection.clientEnd);
      });
    });
  }

  #connect(client: string, gateway: GatewayNode, encoding: Encoding): SimConnection {
    this.#connectionCount += 1;
    const connection = new SimConnection({
      id: `c${this.#connectionCount}`,
      time: this.#time,
      paths: this.paths,
      client,
      gateway: gateway.name,
      encoding,
      onSent: (sent, from, bodies) => this.#sawFrames(sent, from, bodies),
      onEndClosed: (ended, which) => {
        if (which === 'gateway') gateway.forget(ended);
        if (ended.isOver) this.#forget(ended);
        else this.sawConnection(ended, 'half-open');
      },
    });
    this.connections.add(connection);
    this.sawConnection(connection, 'open');
    return connection;
  }

  #forget(connection: SimConnection): void {
    connection.end();
    this.connections.delete(connection);
    this.witness.forget(connection);
    this.sawConnection(connection, 'closed');
  }

  #sawFrames(connection: SimConnection, from: 'client' | 'gateway', bodies: readonly FrameBody[]): void {
    const { client, gateway } = connection;
    const isUp = from === 'client';
    const frames = isUp ? this.witness.clientSent(connection, bodies) : this.witness.gatewaySent(connection, bodies);
    if (this.#options.onNetwork === undefined) return;
    const arrivesAt = this.#time.now + this.settings.network.delayMs + (this.settings.network.jitterMs >> 1);
    for (const [index, frame] of frames.entries()) {
      const { topic, seqNo } = frame as { topic?: string; seqNo?: number };
      this.#sawPacket({
        from: isUp ? client : gateway,
        to: isUp ? gateway : client,
        type: frame.type,
        topic,
        seqNo,
        arrivesAt,
        lost: connection.isDead,
        bytes: bodies[index]?.length ?? 0,
      });
    }
  }

  #sawPacket(packet: {
    from: string;
    to: string;
    type: string;
    topic: string | undefined;
    seqNo: number | undefined;
    arrivesAt: number;
    lost: boolean;
    bytes: number;
  }): void {
    const { onNetwork } = this.#options;
    if (onNetwork === undefined) return;
    this.#packetCount += 1;
    const { from, to, type, topic, seqNo, arrivesAt, lost, bytes } = packet;
    onNetwork({
      kind: 'packet',
      at: this.at(),
      packet: this.#packetCount,
      from,
      to,
      arrivesAt: BEGINNING_MS + arrivesAt,
      type,
      bytes,
      ...(lost ? { lost } : {}),
      ...(topic === undefined ? {} : { topic }),
      ...(seqNo === undefined ? {} : { seqNo }),
    });
  }

  #portOf(gateway: string, link: LinkPort): EnginePort {
    return {
      send: (request: EngineRequest) => {
        const topic = topicOf(request);
        this.packets.send({ from: gateway, to: ENGINE, type: request.method, topic }, () => {
          this.engine.take(request, link);
        });
      },
    };
  }

  #answer(link: LinkPort, answer: EngineAnswer): void {
    const gateway = gatewayOf(link);
    this.packets.send({ from: ENGINE, to: gateway, type: 'answer' }, () => link.answer(answer));
  }

  #entry(link: LinkPort, entry: EngineEntry): void {
    const gateway = gatewayOf(link);
    const { topic } = entry;
    const { seqNo } = entry.entry;
    this.packets.send({ from: ENGINE, to: gateway, type: 'entry', topic, seqNo }, () => {
      if (this.gateways.get(gateway)?.isUp === true) link.entry(entry);
    });
  }
}

function topicOf({ method, args }: EngineRequest): string | undefined {
  if (method === 'publish') return (args[0] as { readonly topic: string }).topic;
  return typeof args[0] === 'string' ? args[0] : undefined;
}

/** A link is named after its gateway and the life of it. */
function gatewayOf({ name }: LinkPort): string {
  return name.split('/')[0] as string;
}
