/** A gateway's process: it can be killed at any moment, and another one takes its place under the same name. */

import { Gateway } from '@micro-socket/gateway';
import type { Limits } from '@micro-socket/protocol';
import { Chance } from '../chance.ts';
import { EngineLink } from '../engine/engine-link.ts';
import type { EnginePort } from '../engine/wire.ts';
import type { HistoryEvent } from '../history.ts';
import type { SimConnection } from '../network/connection.ts';
import { NodeClock } from '../time/node-clock.ts';
import type { VirtualTime } from '../time/virtual-time.ts';
import type { SimPolicy } from './sim-policy.ts';

export interface GatewayNodeOptions {
  readonly name: string;
  readonly seed: number;
  readonly time: VirtualTime;
  readonly skewMs: number;
  readonly limits: Limits;
  readonly policy: SimPolicy;
  readonly at: () => number;
  readonly record: (event: HistoryEvent) => void;
  readonly port: (link: EngineLink) => EnginePort;
}

export class GatewayNode {
  readonly name: string;
  readonly #options: GatewayNodeOptions;
  readonly #connections = new Set<SimConnection>();
  #link: EngineLink;
  #gateway: Gateway;
  #clock: NodeClock;
  #lives = 0;
  #up = true;

  constructor(options: GatewayNodeOptions) {
    this.#options = options;
    this.name = options.name;
    this.#clock = new NodeClock(options.time, options.skewMs);
    this.#link = this.#newLink();
    this.#gateway = this.#newGateway();
  }

  get isUp(): boolean {
    return this.#up;
  }

  accept(connection: SimConnection): void {
    this.#connections.add(connection);
    this.#gateway.accept(connection.gatewayEnd);
  }

  forget(connection: SimConnection): void {
    this.#connections.delete(connection);
  }

  kill(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#clock.kill();
    for (const connection of [...this.#connections]) connection.gatewayGone();
    this.#connections.clear();
  }

  /** It hears nothing of the engine's messages, until what is returned is called; a restart ends it as well. */
  deafen(): () => void {
    const link = this.#link;
    link.isDeaf = true;
    return () => {
      link.isDeaf = false;
    };
  }

  restart(): void {
    if (this.#up) return;
    this.#up = true;
    this.#clock = new NodeClock(this.#options.time, this.#options.skewMs);
    this.#link = this.#newLink();
    this.#gateway = this.#newGateway();
  }

  #newLink(): EngineLink {
    const { name, limits, at, record, port } = this.#options;
    const clock = this.#clock;
    this.#lives += 1;
    const onEntry = (topic: string, epoch: string, seqNo: number) =>
      record({ kind: 'received', at: at(), gateway: name, topic, epoch, seqNo, gatewayTime: clock.now() });
    return new EngineLink({ name: `${name}/${this.#lives}`, clock, limits, port, onEntry });
  }

  #newGateway(): Gateway {
    const { name, seed, limits, policy } = this.#options;
    return new Gateway({
      name,
      backbone: this.#link,
      policy,
      clock: this.#clock,
      random: new Chance(seed, `${name}/${this.#lives}`),
      limits,
      sessionSecret: SECRET,
    });
  }
}

/** All gateways of a world have the same one, so any of them can resume a session. */
const SECRET = new Uint8Array(32).fill(7);
