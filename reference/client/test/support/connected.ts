/** A real client at a real gateway in one process, with virtual time. */

import type { Encoding } from '@micro-socket/protocol';
import { inprocPair } from '@micro-socket/transport';
import type { World } from '../../../gateway/test/support/world.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { Client, type ClientOptions } from '../../src/index.ts';

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
  const ends = inprocPair({ clock: world.clock, encoding, highWaterBytes });
  world.gateway.accept(ends.gateway);
  return {
    client: new Client(ends.client, world.clock, seededRandom(2), clientOptions),
    cut: () => ends.gateway.close(1006, ''),
    pause: () => ends.client.pauseReading(),
    resume: () => ends.client.resumeReading(),
  };
}

/** A client that is ready. */
export async function connected(world: World, options: ConnectedOptions = {}): Promise<Connected> {
  const made = dialled(world, options);
  await settled(world, made.client.open());
  return made;
}

/** What a promise has come to when everything has settled; its error is thrown. */
export async function settled<Value>(world: { settle(): Promise<void> }, promise: Promise<Value>): Promise<Value> {
  // Watched at once, so that a rejection while the clock runs is not taken for one that nobody handles.
  if (await isWaiting(world, promise)) throw new Error('It is still waiting.');
  return promise;
}

/** Whether a promise is still waiting after everything has settled. */
export async function isWaiting(world: { settle(): Promise<void> }, promise: Promise<unknown>): Promise<boolean> {
  let waiting = true;
  const done = () => {
    waiting = false;
  };
  promise.then(done, done);
  await world.settle();
  return waiting;
}
