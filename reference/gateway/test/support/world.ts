/** A real gateway on a real memory backbone, in one process, with virtual time: nothing but the network is missing. */

import { type Backbone, MemoryBackbone, type MemoryBackboneOptions, type MessageExtras } from '@micro-socket/backbone';
import { type Encoding, type JsonValue, type Limits, limitsWith, type SetupFrame } from '@micro-socket/protocol';
import { inprocPair } from '@micro-socket/transport';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { type AccessPolicy, Gateway, StaticPolicy } from '../../src/index.ts';
import { Peer, type Wish } from './peer.ts';
import { RecordingConnection } from './recording-connection.ts';

export interface WorldOptions {
  readonly limits?: Partial<Limits>;
  readonly policy?: AccessPolicy;
  /** Gateways with the same secret resume each other's sessions. */
  readonly sessionSecret?: Uint8Array;
  readonly namePublishers?: boolean;
  /** Puts something around the memory backbone, or in its place. */
  readonly around?: (backbone: MemoryBackbone, options: MemoryBackboneOptions) => Backbone;
}

export interface PeerOptions {
  readonly encoding?: Encoding;
  readonly token?: string;
  readonly topics?: string[];
  readonly resume?: NonNullable<SetupFrame['resume']>;
  /** Unread bytes at which the gateway's writes to this peer start to say false. */
  readonly highWaterBytes?: number;
}

/** Anyone may do anything, and `ann` and `bob` have names. */
const openPolicy = () => {
  const allow = [{ pattern: '>', actions: ['subscribe', 'publish', 'presence'] as const }];
  const users = ['ann', 'bob'].map((name) => ({ name, token: `${name}-token`, allow }));
  return new StaticPolicy({ anonymous: { allow }, users });
};

export class World {
  readonly clock = new ManualClock();
  readonly limits: Limits;
  readonly memory: MemoryBackbone;
  readonly gateway: Gateway;
  readonly internalErrors: unknown[] = [];

  constructor(options: WorldOptions = {}) {
    const { limits = {}, policy = openPolicy(), around = (backbone) => backbone, ...rest } = options;
    const random = seededRandom(1);
    this.limits = limitsWith(limits);
    const ports = { clock: this.clock, random, limits: this.limits };
    this.memory = new MemoryBackbone(ports);
    this.gateway = new Gateway({
      ...rest,
      name: 'test-gateway',
      backbone: around(this.memory, ports),
      policy,
      clock: this.clock,
      random,
      limits: this.limits,
      onInternalError: (error) => this.internalErrors.push(error),
    });
  }

  /** A connection whose client has said nothing yet. */
  connect({ encoding = 'json', highWaterBytes = 16_384 }: PeerOptions = {}): Peer {
    const { client, gateway } = inprocPair({ clock: this.clock, encoding, highWaterBytes });
    const recording = new RecordingConnection(gateway);
    const peer = new Peer(client, recording);
    this.gateway.accept(recording);
    return peer;
  }

  /** A connection whose setup was accepted. */
  async ready(options: PeerOptions = {}): Promise<Peer> {
    const peer = this.connect(options);
    const { token, topics, resume } = options;
    peer.send({
      type: 'setup',
      protocol: 1,
      ...(token === undefined ? {} : { token }),
      ...(topics === undefined ? {} : { topics }),
      ...(resume === undefined ? {} : { resume }),
    });
    await this.clock.settle();
    return peer;
  }

  /** A ready connection that is subscribed to a topic. */
  async subscriber(topic: string, options: PeerOptions = {}, wish: Wish = {}): Promise<Peer> {
    const peer = await this.ready(options);
    peer.subscribe(topic, wish);
    await this.clock.settle();
    return peer;
  }

  /** Publishes past the gateway's clients, as another gateway on the same backbone would, without settling. */
  publish(messageId: string, topic = 'a', payload: JsonValue = messageId, extras: MessageExtras = {}): void {
    const sizeBytes = JSON.stringify({ topic, messageId, payload }).length;
    void this.memory.publish({ ...extras, topic, publisher: 'elsewhere', messageId, payload, sizeBytes });
  }

  /** Publishes m{from}…m{to}, each in its own turn. */
  async publishTurns(from: number, to: number, topic = 'a'): Promise<void> {
    for (let at = from; at <= to; at++) {
      this.publish(`m${at}`, topic);
      await this.settle();
    }
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }
}
