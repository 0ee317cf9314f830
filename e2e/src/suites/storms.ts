/**
 * Gateways with every backbone, while processes are killed and frozen and links are cut: a few rounds of each storm, and
 * more of them in the deep run. `npm run storms` runs as many as one likes.
 */

import { randomInt } from 'node:crypto';
import { findNatsServer, NATS_MISSING } from '../nats-process.ts';
import { roundsOf } from '../storms/rounds.ts';
import { runStorm, type StormOptions } from '../storms/storm.ts';
import type { E2eTest, Suite } from '../suite.ts';
import type { World } from '../world.ts';

interface Storm extends Pick<StormOptions, 'kind' | 'faults'> {
  /** In an ordinary run. */
  readonly rounds: number;
}

/** Its programs speak both encodings at once, so it is run once. Each of its waits has a bound. */
const common: Pick<E2eTest, 'encodings' | 'hangMs'> = { encodings: ['msgpack'], hangMs: Number.POSITIVE_INFINITY };

export const storms: Suite = {
  name: 'storms',
  title: 'Storms',
  tests: [
    {
      ...common,
      id: 'memory-engine',
      title: 'tells every loss, with a new epoch, when an engine that keeps nothing is killed behind two gateways',
      proves: ['I1', 'I2', 'I3', 'I4', 'I6', 'I7', '§5.5'],
      async run(world) {
        await holds(world, { kind: 'memory', rounds: 1 });
      },
    },
    {
      ...common,
      id: 'disk-gateway',
      title: 'keeps all that it acknowledged when a gateway with a folder is killed, frozen or cut off',
      proves: ['I1', 'I2', 'I3', 'I4', 'I6', 'I7'],
      async run(world) {
        await holds(world, { kind: 'disk', rounds: 2 });
      },
    },
    {
      ...common,
      id: 'disk-engine',
      title: 'keeps all that two gateways acknowledged when they, their engine and the links between them fail',
      proves: ['I1', 'I2', 'I3', 'I4', 'I6', 'I7'],
      async run(world) {
        await holds(world, { kind: 'engine', rounds: 2 });
      },
    },
    {
      ...common,
      id: 'nats',
      title: 'keeps all that two gateways acknowledged when they, the NATS server and the links between them fail',
      proves: ['I1', 'I2', 'I3', 'I4', 'I6', 'I7'],
      whySkipped: () => (findNatsServer() === undefined ? NATS_MISSING : undefined),
      async run(world) {
        await holds(world, { kind: 'nats', rounds: 2 });
      },
    },
    {
      ...common,
      id: 'move',
      title:
        'goes on with the session and every stream, in full, where a client moves to another gateway in mid-stream',
      proves: ['I6', '§4.7'],
      async run(world) {
        const { recoveries, sessionsRefused, sessionsResumed } = await holds(world, {
          kind: 'memory',
          rounds: 2,
          faults: ['client-move'],
        });
        if ([...recoveries.keys()].join() !== 'full') {
          throw new Error(`Streams were resumed as ${[...recoveries.keys()].join(', ') || 'nothing'}.`);
        }
        if (sessionsRefused > 0 || sessionsResumed === 0) {
          throw new Error(`${sessionsResumed} sessions were resumed and ${sessionsRefused} were not.`);
        }
      },
    },
  ],
};

/** Runs a storm. Rejects with what is wrong, and with the seed that does the same once more. */
async function holds(world: World, storm: Storm) {
  const seed = randomInt(2 ** 32 - 1);
  const report = await runStorm({
    ...storm,
    seed,
    rounds: roundsOf(storm.rounds),
    onRound: ({ round, history, isCut }) => world.ownHistories.push({ name: `${round}`, events: history, isCut }),
  });
  const { problems, kind, rounds } = report;
  if (problems.length === 0) return report;
  const again = `npm run storms -- --backbone ${kind} --seed ${seed} --rounds ${rounds}`;
  throw new Error(`${problems.join('\n')}\nThe same faults: ${again}`);
}
