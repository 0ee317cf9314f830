import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { publish, stateIds, stored } from '../../suite/harness.ts';
import { startCluster } from './support/cluster.ts';
import { NATS_MISSING } from './support/nats-server.ts';
import { connectBackbone, connectPlainly, insist, Listening } from './support/setting.ts';

const skipped = NATS_MISSING === undefined ? '' : ` — skipped: ${NATS_MISSING}`;

describe.skipIf(NATS_MISSING !== undefined)(`a cluster of three servers${skipped}`, () => {
  it('loses nothing that it acknowledged when one of them is killed under load (I2, I3, I4)', async () => {
    const servers = await startCluster();
    const url = servers.map((server) => server.url);
    const options = { replicas: 3 };
    const backbones = [await connectBackbone({ url }, options), await connectBackbone({ url }, options)];
    const [one, two] = backbones as [(typeof backbones)[0], (typeof backbones)[0]];
    expect(one.durability).toBe('replicated');
    const listenings = [await Listening.join(one), await Listening.join(two)];

    const acknowledged = new Map<string, number>();
    let isOver = false;
    const publishing = ['ann', 'bob', 'cem', 'dan'].map(async (publisher, at) => {
      const backbone = at % 2 === 0 ? one : two;
      for (let count = 0; !isOver; count++) {
        const id = `${publisher}${count}`;
        const key = count % 5 === 0 ? publisher : undefined;
        const { position } = await insist(() => publish(backbone, id, { publisher, key }));
        acknowledged.set(id, position.seqNo);
      }
    });
    for (let round = 0; round < runs(1); round++) {
      // The one that leads the log: the worst.
      const { jsm } = await connectPlainly({ url });
      const leader = (await jsm.streams.info('MS')).cluster?.leader;
      const server = servers.find((_, at) => `n${at}` === leader) ?? servers[0];
      const before = acknowledged.size;
      await until(() => acknowledged.size > before + 100);
      await server?.kill();
      await until(() => acknowledged.size > before + 200);
      await server?.start();
      await until(() => acknowledged.size > before + 300);
    }
    isOver = true;
    await Promise.all(publishing);
    const last = await publish(one, 'last', { publisher: 'eve' });
    acknowledged.set('last', last.position.seqNo);

    for (const backbone of backbones) {
      const log = await stored(backbone);
      expect(chainBreaks(log, log[0]?.prevSeqNo)).toEqual([]);
      const kept = new Map(log.map(({ messageId, seqNo }) => [messageId, seqNo]));
      const oldest = log[0]?.seqNo ?? 0;
      for (const [id, seqNo] of acknowledged) if (seqNo >= oldest) expect([id, kept.get(id)]).toEqual([id, seqNo]);
      expect(new Set(kept.values()).size).toBe(log.length);
    }
    for (const listening of listenings) {
      await listening.heard('last');
      expect(chainBreaks(listening.entries, listening.head.seqNo)).toEqual([]);
      expect(listening.lostCount).toBe(0);
      const heard = new Map(listening.entries.map(({ messageId, seqNo }) => [messageId, seqNo]));
      for (const [id, seqNo] of acknowledged) expect([id, heard.get(id)]).toEqual([id, seqNo]);
      // Nothing is in it that nobody published, and nothing twice.
      expect(heard.size).toBe(listening.entries.length);
      expect(listening.entries.length).toBe(acknowledged.size);
    }
    expect(await stateIds(two)).toEqual(await stateIds(one));
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
