/** A real client at a real gateway in one process, with virtual time. */

import type { Encoding } from '@micro-socket/protocol';
import { type InprocEnd, inprocPair } from '@micro-socket/transport';
import type { World } from '../../../gateway/test/support/world.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { Client, type ClientOptions } from '../../src/index.ts';
import { settled } from './settled.ts';

export interface Connected {
  readonly client: Client;
  /** Ends the link without a word, as a pulled cable does. */
  cut(): void;
  /** Stops and starts the client's reading. */
  pause(): void;
  resume(): void;
}

export interface ConnectedOptions extends ClientOptions {
  readonly encoding?: Encoding;
  readonly highWaterBytes?: number;
}

/** A client whose `open` has not been called yet. */
export function dialled(world: World, options: ConnectedOptions = {}): Connected {
  const { encoding = 'msgpack', highWaterBytes = 16_384, ...clientOptions } = options;
  let newest: { client: InprocEnd; gateway: InprocEnd } | undefined;
  const dial = async () => {
    newest = inprocPair({ clock: world.clock, encoding, highWaterBytes });
    world.gateway.accept(newest.gateway);
    return newest.client;
  };
  return {
    client: new Client({ dial, clock: world.clock, random: seededRandom(2) }, clientOptions),
    cut: () => newest?.gateway.close(1006, ''),
    pause: () => newest?.client.pauseReading(),
    resume: () => newest?.client.resumeReading(),
  };
}

/** A client that is ready. */
export async function connected(world: World, options: ConnectedOptions = {}): Promise<Connected> {
  const made = dialled(world, options);
  await settled(world, made.client.open());
  return made;
}
