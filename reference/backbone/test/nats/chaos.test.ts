import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { publish, stateIds, stored } from '../../suite/harness.ts';
import { NATS_MISSING, NatsServer } from './support/nats-server.ts';
import { connectBackbone, insist, Listening, startProxy, stateAfter } from './support/setting.ts';

const skipped = NATS_MISSING === undefined ? '' : ` — skipped: ${NATS_MISSING}`;
const HISTORY = 40;
const MESSAGES = 240;

describe.skipIf(NATS_MISSING !== undefined)(`two gateways in a storm${skipped}`, () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.dispose());

  it.each(Array.from({ length: Math.min(runs(3), 40) }, (_, seed) => seed + 1))(
    'connections that break, copies that are lost and a server that is killed cost nothing that was acknowledged: seed %i (I2, I3, I4)',
    async (seed) => {
      const random = seededRandom(seed);
      const below = (count: number) => random.uint32() % count;
      const limits = { historyLengthMax: HISTORY };
      const stream = `C${seed}`;
      const proxies = [await startProxy(server), await startProxy(server)];
      const backbones = [];
      for (const proxy of proxies) backbones.push(await connectBackbone(proxy, { limits, stream }));
      const [one, two] = backbones;
      if (one === undefined || two === undefined) throw new Error('There are two.');
      // Nothing lies between this one and the server.
      const witness = await connectBackbone(server, { limits, stream });
      const truth = await Listening.join(witness);
      const listenings = [await Listening.join(one), await Listening.join(two)];

      const faults = async (at: number) => {
        const proxy = proxies[below(2)];
        const kind = below(12);
        if (kind < 3) await proxy?.cut();
        else if (kind < 6) await proxy?.heal();
        else if (kind < 8) proxy?.lose(`ms.d.${stream}.a`);
        else if (kind < 11) proxy?.loseNoMore();
        else if (at % 60 === 0) {
          await server.kill();
          await server.start();
        }
      };
      const acknowledged = new Map<string, number>();
      const lines = Array.from({ length: 4 }, async (_, publisher) => {
        for (let count = 0; count < MESSAGES / 4; count++) {
          const backbone = below(2) === 0 ? one : two;
          const id = `p${publisher}.${count}`;
          const key = below(3) === 0 ? undefined : `k${below(8)}`;
          const payload = key !== undefined && below(4) === 0 ? null : id;
          const { position } = await insist(() => publish(backbone, id, { publisher: `p${publisher}`, key, payload }));
          acknowledged.set(id, position.seqNo);
          if (below(6) === 0) await faults(count);
          if (below(12) === 0) for (const proxy of proxies) await proxy.heal();
        }
      });
      const healing = setInterval(() => proxies[below(2)]?.heal().catch(() => {}), 150);
      await Promise.all(lines).finally(() => clearInterval(healing));
      for (const proxy of proxies) {
        proxy.loseNoMore();
        await proxy.heal();
      }
      const last = await insist(() => publish(one, 'last'));
      acknowledged.set('last', last.position.seqNo);
      await truth.until(() => truth.ids.includes('last') || truth.lostCount > 0);
      expect(truth.lostCount).toBe(0);

      // Everything that was acknowledged is there once, at its place, in the order of each publisher.
      expect(chainBreaks(truth.entries, truth.head.seqNo)).toEqual([]);
      expect(new Map(truth.entries.map(({ messageId, seqNo }) => [messageId, seqNo]))).toEqual(acknowledged);
      expect(truth.entries).toHaveLength(acknowledged.size);
      for (let publisher = 0; publisher < 4; publisher++) {
        const own = truth.ids.filter((id) => id.startsWith(`p${publisher}.`));
        expect(own).toEqual(Array.from({ length: MESSAGES / 4 }, (_, count) => `p${publisher}.${count}`));
      }

      // Who was cut off has heard everything, or was told where it ends.
      for (const listening of listenings) {
        await listening.until(() => listening.ids.includes('last') || listening.lostCount > 0);
        const heard = listening.entries.length;
        expect(listening.ids).toEqual(truth.ids.slice(0, heard));
        expect(chainBreaks(listening.entries, listening.head.seqNo)).toEqual([]);
      }

      // All agree on the history and on the state, whoever kept it and whoever reads it for the first time.
      const state = stateAfter(truth.entries);
      const fresh = await connectBackbone(server, { limits, stream });
      for (const backbone of [one, two, witness, fresh]) {
        const log = await insist(() => stored(backbone));
        expect(log.map(({ messageId }) => messageId)).toEqual(truth.ids.slice(-HISTORY));
        expect(await insist(() => stateIds(backbone))).toEqual(state);
      }
    },
  );
});
