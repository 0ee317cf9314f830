/** Channels over HTTP: what is answered to people and programs that manage them, and to those that may not. */

import assert from 'node:assert/strict';
import type { Message } from '@micro-socket/client';
import type { E2eTest } from '../suite.ts';
import type { ChannelBody, Reply } from './desk.ts';
import { FeedProcess } from './feed-process.ts';
import { Line } from './reader.ts';

const POLICY = {
  anonymous: { allow: [{ pattern: 'prices.public', actions: ['subscribe'] }] },
  users: [
    {
      name: 'operator',
      token: 'operator-token',
      allow: [
        { pattern: 'prices', actions: ['subscribe', 'publish'] },
        { pattern: 'prices.>', actions: ['subscribe'] },
      ],
    },
    { name: 'auditor', token: 'auditor-token', allow: [{ pattern: 'prices', actions: ['subscribe'] }] },
    { name: 'customer', token: 'customer-token', allow: [{ pattern: 'prices.gold', actions: ['subscribe'] }] },
  ],
};

const MARGINS = { BTCUSDT: { bid: { amount: '0.50' } } };

export const restTests: readonly E2eTest[] = [
  {
    id: 'channels-over-http',
    title: 'creates, tells, changes and deletes channels over HTTP, and lets nobody undo what they have not seen',
    proves: ['I1', '§11'],
    // It opens no socket.
    encodings: ['json'],
    async run(world) {
      const feed = await FeedProcess.start(world, { source: 'simulator', words: ['--seed', '3'] });
      const desk = feed.desk();
      const created = await desk.ask('POST', '/channels', { body: { id: 'gold', margins: MARGINS } });
      assert.equal(created.status, 201);
      assert.equal(created.headers.get('location'), '/channels/gold');
      const { epoch, version } = created.body as ChannelBody;
      const tag = `"${epoch}.${version}"`;
      assert.equal(created.headers.get('etag'), tag);
      assertRefused(await desk.ask('POST', '/channels', { body: { id: 'gold', margins: {} } }), 409, 'CONFLICT');

      const told = await desk.ask('GET', '/channels/gold');
      assert.deepEqual([told.status, told.headers.get('etag'), told.body], [200, tag, created.body]);
      const same = await desk.ask('GET', '/channels/gold', { headers: { 'if-none-match': tag } });
      assert.deepEqual([same.status, same.body], [304, undefined]);

      const body = { margins: { BTCUSDT: { bid: { amount: '0.75' } } } };
      assertRefused(await desk.ask('PATCH', '/channels/gold', { body }), 428, 'PRECONDITION_REQUIRED');
      const changed = await desk.ask('PATCH', '/channels/gold', { body, headers: { 'if-match': tag } });
      assert.equal(changed.status, 200);
      const newer = changed.body as ChannelBody;
      assert(newer.version > version);
      assert.equal(changed.headers.get('etag'), `"${epoch}.${newer.version}"`);
      const late = await desk.ask('PATCH', '/channels/gold', { body: { margins: {} }, headers: { 'if-match': tag } });
      assertRefused(late, 412, 'PRECONDITION_FAILED');
      assertRefused(
        await desk.ask('DELETE', '/channels/gold', { headers: { 'if-match': tag } }),
        412,
        'PRECONDITION_FAILED',
      );
      assert.deepEqual((await desk.ask('GET', '/channels/gold')).body, newer);

      await desk.create('silver', {});
      const first = await desk.ask('GET', '/channels?limit=1');
      assert.deepEqual(first.body, { channels: [newer], next: 'gold' });
      const { channels } = (await desk.ask('GET', '/channels?after=gold')).body as { channels: ChannelBody[] };
      assert.deepEqual(
        channels.map(({ id }) => id),
        ['silver'],
      );
    },
  },
  {
    id: 'wrong-margins-are-named',
    title: 'refuses margins that cannot be with the name of the field that is at fault, and changes nothing',
    proves: ['§6', '§11'],
    // It opens no socket.
    encodings: ['json'],
    async run(world) {
      const feed = await FeedProcess.start(world, { source: 'simulator', words: ['--seed', '3'] });
      const desk = feed.desk();
      await desk.create('gold', MARGINS);
      const before = (await desk.ask('GET', '/channels/gold')).body;
      const wrong: readonly (readonly [field: string, body: unknown])[] = [
        ['id', { id: 'No Name', margins: {} }],
        ['id', { margins: {} }],
        ['margins', { id: 'new' }],
        ['margins', { id: 'new', margins: [] }],
        ['margins.DOGEUSDT', { id: 'new', margins: { DOGEUSDT: {} } }],
        ['margins.BTCUSDT.mid', { id: 'new', margins: { BTCUSDT: { mid: {} } } }],
        ['margins.BTCUSDT.bid.percent', { id: 'new', margins: { BTCUSDT: { bid: { percent: '1' } } } }],
        ['margins.BTCUSDT.bid.amount', { id: 'new', margins: { BTCUSDT: { bid: { amount: '0.001' } } } }],
        ['margins.BTCUSDT.bid.amount', { id: 'new', margins: { BTCUSDT: { bid: { amount: 1 } } } }],
        ['margins.*.ask.amount', { id: 'new', margins: { '*': { ask: { amount: '1' } } } }],
        ['margins.BTCUSDT.last.basisPoints', { id: 'new', margins: { BTCUSDT: { last: { basisPoints: '1e3' } } } }],
        ['margins.BTCUSDT.ask.basisPoints', { id: 'new', margins: { BTCUSDT: { ask: { basisPoints: '1000001' } } } }],
        ['colour', { id: 'new', margins: {}, colour: 'red' }],
      ];
      for (const [field, body] of wrong) {
        assertRefused(await desk.ask('POST', '/channels', { body }), 400, 'INVALID_FIELD', field);
      }
      const margins = { BTCUSDT: { bid: { amount: '0.12' }, ask: { amount: 'much' } } };
      const patch = await desk.ask('PATCH', '/channels/gold', { body: { margins }, headers: { 'if-match': '*' } });
      assertRefused(patch, 400, 'INVALID_FIELD', 'margins.BTCUSDT.ask.amount');
      assertRefused(await desk.ask('POST', '/channels', { body: '{"id":' }), 400, 'MALFORMED_FRAME');
      assert.deepEqual((await desk.ask('GET', '/channels')).body, { channels: [before] });
    },
  },
  {
    id: 'only-who-may',
    title: 'shows margins and takes changes only from whoever may, and tells all others nothing',
    proves: ['I1', '§11'],
    async run(world) {
      const feed = await FeedProcess.start(world, { source: 'simulator', words: ['--seed', '3'], policy: POLICY });
      const operator = feed.desk('operator-token');
      await operator.create('gold', MARGINS);
      const any = { 'if-match': '*' };
      const anonymous = feed.desk('');
      for (const desk of [anonymous, feed.desk('customer-token'), feed.desk('auditor-token')]) {
        assertRefused(await desk.ask('POST', '/channels', { body: { id: 'mine', margins: {} } }), 403, 'ACL_DENIED');
        assertRefused(
          await desk.ask('PATCH', '/channels/gold', { body: { margins: {} }, headers: any }),
          403,
          'ACL_DENIED',
        );
        assertRefused(await desk.ask('DELETE', '/channels/gold'), 403, 'ACL_DENIED');
        // What is there and what is not look the same.
        assertRefused(await desk.ask('DELETE', '/channels/no-such'), 403, 'ACL_DENIED');
      }
      for (const path of ['/prices', '/channels', '/channels/gold', '/channels/no-such']) {
        for (const desk of [anonymous, feed.desk('customer-token')])
          assertRefused(await desk.ask('GET', path), 403, 'ACL_DENIED');
        assertRefused(await feed.desk('wrong').ask('GET', path), 401, 'AUTH_FAILED');
      }
      assertRefused(await anonymous.ask('GET', '/channels/gold/prices'), 403, 'ACL_DENIED');
      assert.equal((await feed.desk('customer-token').ask('GET', '/channels/gold/prices')).status, 200);
      assert.equal((await feed.desk('auditor-token').ask('GET', '/channels/gold')).status, 200);
      const customer = await Line.open(world, feed.address, { token: 'customer-token' });
      await assert.rejects(customer.read('prices'), { code: 'ACL_DENIED' });
      await assert.rejects(customer.client.publish('prices.gold', 1), { code: 'ACL_DENIED' });
      await (await customer.read('prices.gold')).more(1);
    },
  },
  {
    id: 'deleted-channel-is-told',
    title: 'tells the subscribers of a deleted channel why it has ended, and that there is no such topic afterwards',
    proves: ['I4', '§5.11'],
    async run(world) {
      const feed = await FeedProcess.start(world, { source: 'simulator', words: ['--seed', '3'] });
      const desk = feed.desk();
      await desk.create('gold', MARGINS);
      await desk.create('silver', MARGINS);
      const line = await Line.open(world, feed.address);
      const [gold, silver, main] = await Promise.all(['.gold', '.silver', ''].map((of) => line.read(`prices${of}`)));
      assert(gold && silver && main);
      await gold.more(2);
      const why = 'The contract has ended.';
      assert.equal((await desk.ask('DELETE', '/channels/gold', { body: { why } })).status, 204);
      const error = await gold.ended();
      assert.deepEqual({ ...error }, { ...error, code: 'TOPIC_CLOSED', topic: 'prices.gold', why });
      // It was created before anybody read.
      const isOfGold = ({ key }: Message) => key === 'channel:gold';
      await main.until(() => main.messages.some(isOfGold));
      const closedAt = main.messages.find(isOfGold)?.seqNo;
      assert.equal(closedAt, gold.seqNo + 1, 'it has missed something, or was given something after its end');

      await assert.rejects(line.read('prices.gold'), { code: 'NO_SUCH_TOPIC' });
      await assert.rejects(line.client.read('prices.gold', 'snapshot'), { code: 'NO_SUCH_TOPIC' });
      for (const path of ['/channels/gold', '/channels/gold/prices']) {
        assertRefused(await desk.ask('GET', path), 404, 'NO_SUCH_TOPIC');
      }
      assertRefused(
        await desk.ask('PATCH', '/channels/gold', { body: { margins: {} }, headers: { 'if-match': '*' } }),
        404,
        'NO_SUCH_TOPIC',
      );
      assertRefused(await desk.ask('DELETE', '/channels/gold'), 404, 'NO_SUCH_TOPIC');
      await silver.more(2);

      // One of the same name is another channel.
      const again = await desk.create('gold', {});
      const { messages } = await line.client.read('prices.gold', { after: 0 });
      assert.equal(messages[0]?.seqNo, again.version);
    },
  },
];

function assertRefused({ status, body }: Reply, expected: number, code: string, field?: string): void {
  const problem = body as { code?: string; status?: number; field?: string };
  const said = JSON.stringify(body);
  assert.deepEqual([status, problem.status, problem.code], [expected, expected, code], said);
  if (field !== undefined) assert.equal(problem.field, field, said);
}
