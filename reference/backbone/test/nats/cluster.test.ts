import { limitsWith } from '@micro-socket/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { NatsBackbone } from '../../src/node/nats/index.ts';
import { CLUSTER_EXPECT_VERSION_MIN, isAtLeast } from '../../src/node/nats/server-version.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { ids, publish, publishAll, stateIds, stored } from '../../suite/harness.ts';
import { backboneSuite } from '../../suite/index.ts';
import { startCluster } from './support/cluster.ts';
import { NATS_MISSING, type NatsServer } from './support/nats-server.ts';
import { connectBackbone, connectPlainly, eventually, insist, Listening, versionOf } from './support/setting.ts';
import { NATS_SKIPS } from './support/skips.ts';

const skipped = NATS_MISSING === undefined ? '' : ` — skipped: ${NATS_MISSING}`;
const replicas = 3;

describe.skipIf(NATS_MISSING !== undefined)(`a cluster of three servers${skipped}`, () => {
  let servers: NatsServer[] = [];
  let url: string[] = [];
  let streams = 0;
  beforeAll(async () => {
    servers = await startCluster(replicas);
    url = servers.map((server) => server.url);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.dispose()));
  });

  it('keeps each message on all of them, and says so', async () => {
    const backbone = await connectBackbone({ url }, { replicas, stream: 'KEPT' });
    expect(backbone.durability).toBe('replicated');
    const { jsm } = await connectPlainly({ url });
    for (const name of ['KEPT', 'KEPT_STATE']) {
      const { config, cluster } = await jsm.streams.info(name);
      expect(config.num_replicas).toBe(replicas);
      expect(cluster?.replicas).toHaveLength(replicas - 1);
    }
    await expect(connectBackbone({ url }, { stream: 'KEPT' })).rejects.toMatchObject({
      code: 'STREAM_MISMATCH',
      message: expect.stringContaining('num_replicas is 3 and must be 1'),
    });
  });

  it('keeps an expected seqNo, or refuses it where NATS would not; a repeat is recognised before that (§4.4)', async () => {
    const [one, two] = [
      await connectBackbone({ url }, { replicas, stream: 'EXPECT' }),
      await connectBackbone({ url }, { replicas, stream: 'EXPECT' }),
    ];
    const { position } = await publish(one, 'm1');
    const second = await publish(one, 'm2');
    for (const backbone of [one, two]) {
      expect(await publish(backbone, 'm1', { expectSeqNo: 0 })).toEqual({ status: 'duplicate', position });
      const again = await publish(backbone, 'm2', { expectSeqNo: position.seqNo });
      expect(again).toEqual({ ...second, status: 'duplicate' });
      const other = publish(backbone, 'm1', { expectSeqNo: 0, payload: 'other' });
      await expect(other).rejects.toMatchObject({ code: 'MESSAGE_ID_CONFLICT' });
    }
    if (!isAtLeast(await versionOf({ url }), CLUSTER_EXPECT_VERSION_MIN)) {
      await expect(publish(one, 'm3', { expectSeqNo: second.position.seqNo })).rejects.toMatchObject({
        code: 'INVALID_FIELD',
        retry: false,
        message: expect.stringMatching(/^expectSeqNo cannot be kept by a cluster of NATS \d/),
      });
      expect(await one.head('a')).toEqual(second.position);
      return;
    }
    const attempts = [one, two].map((backbone, at) =>
      publish(backbone, `n${at}`, { expectSeqNo: second.position.seqNo }),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('what is acknowledged through one gateway is known to another at once, whichever servers they are at', async () => {
    const limits = { historyLengthMax: 30 };
    const both = [0, 1].map((at) => connectBackbone({ url: url[at] ?? '' }, { replicas, limits, stream: 'BOTH' }));
    const [one, two] = await Promise.all(both);
    if (one === undefined || two === undefined) throw new Error('There are two.');
    for (let at = 0; at < 60; at++) {
      const [here, there] = at % 2 === 0 ? [one, two] : [two, one];
      const { position } = await publish(here, `m${at}`, at % 3 === 0 ? {} : { key: `k${at % 7}` });
      expect(await there.head('a')).toEqual(position);
      expect(await there.anchor('a', position)).toBe(true);
      if (at % 10 > 0) continue;
      expect(await stored(there)).toEqual(await stored(here));
      expect(await there.snapshot('a')).toEqual(await here.snapshot('a'));
    }
    const third = await connectBackbone({ url: url[2] ?? '' }, { replicas, limits, stream: 'BOTH' });
    expect(await stateIds(third)).toEqual(await stateIds(one));
    await publishAll(one, ids(40, 'n'));
    expect(await stateIds(third)).toEqual([...(await stateIds(one)).slice(0, -1), 'n40']);
    const { jsm } = await connectPlainly({ url });
    for (const name of ['BOTH', 'BOTH_STATE']) expect((await jsm.streams.info(name)).state.consumer_count).toBe(0);
  });

  it('loses nothing that it acknowledged when the leader is killed under load (I2, I3, I4)', async () => {
    const limits = { historyLengthMax: 20_000 };
    const options = { replicas, limits, stream: 'LOAD' };
    const [one, two] = [await connectBackbone({ url }, options), await connectBackbone({ url }, options)];
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
    const more = async (count: number) => {
      const wanted = acknowledged.size + count;
      await eventually(() => acknowledged.size >= wanted);
    };
    for (let round = 0; round < Math.min(runs(1), 10); round++) {
      const { jsm } = await connectPlainly({ url });
      const leader = (await jsm.streams.info('LOAD')).cluster?.leader;
      const server = servers.find((_, at) => `n${at}` === leader) ?? servers[0];
      await more(100);
      await server?.kill();
      await more(100);
      await server?.start();
      await more(100);
    }
    isOver = true;
    await Promise.all(publishing);
    const last = await insist(() => publish(one, 'last', { publisher: 'eve' }));
    acknowledged.set('last', last.position.seqNo);

    const log = await insist(() => stored(two));
    expect(chainBreaks(log, 0)).toEqual([]);
    // Each once, at its place, and nothing else.
    expect(new Map(log.map(({ messageId, seqNo }) => [messageId, seqNo]))).toEqual(acknowledged);
    expect(log).toHaveLength(acknowledged.size);
    for (const listening of listenings) {
      await listening.heard('last');
      expect(listening.lostCount).toBe(0);
      expect(listening.entries).toEqual(log);
    }
    expect(await insist(() => stateIds(two))).toEqual(await insist(() => stateIds(one)));
  });

  // It takes minutes: each backbone has two streams of its own to elect leaders for.
  describe.runIf(process.env['TEST_DEEP'] === '1')('and every rule', () => {
    backboneSuite('NatsBackbone with three replicas', {
      make: async (limits = {}) => {
        const clock = new ManualClock();
        const stream = `S${streams++}`;
        const connect = (seed: number) =>
          NatsBackbone.connect({
            servers: url,
            stream,
            replicas,
            clock,
            random: seededRandom(seed),
            limits: limitsWith(limits),
          });
        return { backbone: await connect(streams), clock, another: () => connect(streams + 1_000) };
      },
      skips: {
        ...NATS_SKIPS,
        expect: 'Clusters before 2.11 do not keep an expected seqNo, and what other ones do is tried above.',
        'of publishes through both with the same expectation exactly one wins (§4.4)': 'As above.',
        'any steps have the results of the model: log, state and dedup, while no time passes (I2, I3, §5.6)':
          'As above.',
        'failure in the middle': 'One server is enough for it.',
        restart: 'One server is enough for it.',
      },
      runs: (count) => Math.ceil(count / 20),
    });
  });
});
