/**
 * Gateways and sources that are processes of their own, on one engine. Subscribers can be there before a source begins,
 * and nothing that it tells passes them by.
 */

import assert from 'node:assert/strict';
import { startEngine } from '../engine-process.ts';
import { freePort, giveBack } from '../free-port.ts';
import type { World } from '../world.ts';
import type { SourceStats } from './desk.ts';
import { eventually } from './eventually.ts';
import { FeedProcess, ROOMY, writtenFile } from './feed-process.ts';
import type { Recording } from './recordings.ts';

/** Who may write, at every process of a stage. */
export const OPERATOR = 'operator-token';

/** Everybody may read. */
export const OPEN_POLICY = {
  anonymous: {
    allow: [
      { pattern: 'prices', actions: ['subscribe'] },
      { pattern: 'prices.>', actions: ['subscribe'] },
    ],
  },
  users: [
    {
      name: 'operator',
      token: OPERATOR,
      allow: [
        { pattern: 'prices', actions: ['subscribe', 'publish'] },
        { pattern: 'prices.>', actions: ['subscribe'] },
      ],
    },
  ],
} as const;

export class Stage {
  readonly #world: World;
  readonly #backbone: string;

  private constructor(world: World, backbone: string) {
    this.#world = world;
    this.#backbone = backbone;
  }

  /** Starts an engine that ends with the test. */
  static async build(world: World): Promise<Stage> {
    const port = await freePort();
    const engine = await startEngine({ port, folder: undefined, limits: ROOMY });
    world.onEnd(async () => {
      await engine.end('SIGKILL');
      giveBack(port);
    });
    return new Stage(world, `tcp://127.0.0.1:${port}`);
  }

  /** A process with a source, or with none. */
  feed(source: string, words: readonly string[] = []): Promise<FeedProcess> {
    return FeedProcess.start(this.#world, { source, words, backbone: this.#backbone, policy: OPEN_POLICY });
  }

  /** A process whose source is this file. */
  play({ fileName, text }: Recording): Promise<FeedProcess> {
    return this.feed(`file:${writtenFile(this.#world, fileName, text)}`, ['--speed', 'full']);
  }

  /** Plays a file to its end, and ends its process. Rejects where one of its ticks was not stored. */
  async playOnce(recording: Recording): Promise<void> {
    const feed = await this.play(recording);
    const desk = feed.desk();
    await eventually(async () => isOver(await desk.sourceStats()));
    const { accepted, conflated, refused } = await desk.sourceStats();
    const refusals = Object.entries(refused).filter(([, count]) => count > 0);
    assert.deepEqual(
      { accepted, conflated, refusals },
      { accepted: recording.ticks.length, conflated: 0, refusals: [] },
    );
    await feed.program.end('SIGTERM');
  }
}

/** It has told everything, and what was accepted has its place. */
function isOver({ state, accepted, stored, conflated }: SourceStats): boolean {
  return state === 'ended' && stored + conflated === accepted;
}
