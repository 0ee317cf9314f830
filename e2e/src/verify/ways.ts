/** The ways to reach the reference gateway: each transport, with its own memory, and each backbone behind it. */

import { BACKBONES, type BackboneName, startBackboneUnderTest } from './backbone-under-test.ts';
import { type GatewayUnderTest, startGatewayUnderTest, TRANSPORTS, type Transport } from './gateway-under-test.ts';

export type Way = Transport | BackboneName;

/** In the order of the matrix. */
export const WAYS: readonly Way[] = [...TRANSPORTS, ...BACKBONES];

export interface Reached {
  readonly address: string;
  /** What a client has to trust, in PEM. */
  readonly ca: string;
  /** Nobody connects that way any more. */
  left(): Promise<void>;
}

/** Starts what a way needs when it is asked for: one gateway for all transports, and one for each backbone. */
export class Reach {
  readonly #limits: Readonly<Record<string, number>>;
  #shared: Promise<GatewayUnderTest> | undefined;

  constructor(limits: Readonly<Record<string, number>>) {
    this.#limits = limits;
  }

  /** Rejects when what it needs cannot be started, such as a NATS server where there is none. */
  async by(way: Way): Promise<Reached> {
    if (isBackbone(way)) {
      const { address, end } = await startBackboneUnderTest(way, this.#limits);
      return { address, ca: '', left: end };
    }
    this.#shared ??= startGatewayUnderTest(this.#limits);
    const { addresses, ca } = await this.#shared;
    return { address: addresses[way], ca, left: async () => {} };
  }

  async end(): Promise<void> {
    await (await this.#shared)?.end();
  }
}

function isBackbone(way: Way): way is BackboneName {
  return (BACKBONES as readonly Way[]).includes(way);
}
