import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import type { MessageExtras } from '../../src/index.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { ids, publish, publishAll, stateIds, stored } from '../../suite/harness.ts';
import { NATS_MISSING, NatsServer } from './support/nats-server.ts';
import { connectBackbone, connectPlainly, insist, Listening, startProxy, startServer } from './support/setting.ts';

const skipped = NATS_MISSING === undefined ? '' : ` — skipped: ${NATS_MISSING}`;

describe.skipIf(NATS_MISSING !== undefined)(`publishing to NATS${skipped}`, () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.dispose());
  let streams = 0;
  const connectAnew = (limits = {}) => connectBackbone(server, { limits, stream: `P${streams++}` });

  it('whatever characters keys, names, ids and payloads have, they come back as they were', async () => {
    const backbone = await connectAnew();
    const listening = await Listening.join(backbone);
    const text = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' });
    const hostile = fc.constantFrom(
      '\r\nNats-Msg-Id: x',
      'a\r\n\r\nPUB other 0\r\n',
      '\u0000',
      '\ud800',
      ' x ',
      '=',
      '*',
      '>',
      'ş😀',
    );
    const odd = fc.oneof(text, hostile);
    const message = fc.record({ key: odd, ref: odd, by: odd, payload: fc.oneof(odd, fc.jsonValue()), publisher: odd });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(message, async ({ key, ref, by, payload, publisher }) => {
        const signature = { alg: by, keyId: key, value: ref };
        const extras: MessageExtras = { key, ref, by, ttlMs: 60_000, signature };
        const json = JSON.parse(JSON.stringify(payload));
        const { seqNo: afterSeqNo } = await backbone.head('a');
        const { position } = await publish(backbone, `m${count++}`, { ...extras, payload: json, publisher });
        const [entry] = await backbone.read('a', { afterSeqNo, limit: 1 });
        expect(entry).toMatchObject({ ...extras, payload: json, messageId: position.messageId });
        await listening.heard(`${position.messageId}`);
        expect(listening.entries.at(-1)).toEqual(entry);
      }),
      { numRuns: runs(40) },
    );
  });

  it.each(['>', '*', 'a.*', 'a.>', '', '.', 'a..b', 'a b', 'a\r\nPUB x 0\r\n', '=life', '$JS.API.INFO', 'ü'])(
    'what is no topic is INVALID_FIELD, whatever is asked: %j',
    async (topic) => {
      const backbone = await connectAnew();
      const refused = { code: 'INVALID_FIELD' };
      await expect(publish(backbone, 'm1', { topic })).rejects.toMatchObject(refused);
      await expect(publish(backbone, 'm1', { topic, key: 'x' })).rejects.toMatchObject(refused);
      await expect(backbone.subscribe(topic, () => {})).rejects.toMatchObject(refused);
      await expect(backbone.read(topic, { afterSeqNo: 0, limit: 1 })).rejects.toMatchObject(refused);
      await expect(backbone.snapshot(topic)).rejects.toMatchObject(refused);
      await expect(backbone.tail(topic, 1)).rejects.toMatchObject(refused);
      await expect(backbone.head(topic)).rejects.toMatchObject(refused);
      expect(backbone.problem).toBeUndefined();
    },
  );

  it('one id on two topics and of two publishers is four messages, although NATS has one window for all', async () => {
    const backbone = await connectAnew();
    for (const topic of ['a', 'b.a'])
      for (const publisher of ['ann', 'bob']) {
        expect(await publish(backbone, 'm1', { topic, publisher, payload: `${topic} ${publisher}` })).toMatchObject({
          status: 'ok',
        });
      }
    expect((await stored(backbone, 'a')).map(({ payload }) => payload)).toEqual(['a ann', 'a bob']);
    expect((await stored(backbone, 'b.a')).map(({ payload }) => payload)).toEqual(['b.a ann', 'b.a bob']);
  });

  it('other content under a used id is a conflict, also for a gateway that did not publish it', async () => {
    const stream = `P${streams++}`;
    const one = await connectBackbone(server, { stream });
    const two = await connectBackbone(server, { stream });
    const { position } = await publish(one, 'm1', { payload: 1, key: 'x' });
    for (const backbone of [one, two]) {
      for (const other of [{ payload: 2, key: 'x' }, { payload: 1, key: 'y' }, { payload: 1 }]) {
        await expect(publish(backbone, 'm1', other)).rejects.toMatchObject({ code: 'MESSAGE_ID_CONFLICT' });
      }
      expect(await publish(backbone, 'm1', { payload: 1, key: 'x' })).toEqual({ status: 'duplicate', position });
    }
    expect(await stateIds(two)).toEqual(['m1']);
  });

  it('a message that NATS does not take for its size is INVALID_FIELD, with both numbers, and takes nothing', async () => {
    const backbone = await connectAnew();
    const payload = 'x'.repeat(1_048_576);
    for (const key of [undefined, 'x']) {
      await expect(publish(backbone, 'm1', { payload, key })).rejects.toMatchObject({
        code: 'INVALID_FIELD',
        retry: false,
        message: expect.stringMatching(/payload is too large for NATS: .* 10\d{5} bytes, and no more than 10\d{5}/),
      });
    }
    expect(await stored(backbone)).toEqual([]);
    expect((await publish(backbone, 'm1', { payload: 'x'.repeat(1_000_000), key: 'x' })).status).toBe('ok');
  });

  it('a server without room refuses with OVERLOADED, goes on reading, and has lost nothing', async () => {
    const full = await startServer({
      config: `jetstream { store_dir: "${join(server.folder, 'full')}", max_file_store: 2MB }`,
    });
    const backbone = await connectBackbone(full);
    const payload = 'x'.repeat(200_000);
    const stores: string[] = [];
    let refusal: unknown;
    for (let at = 0; refusal === undefined && at < 30; at++) {
      await publish(backbone, `m${at}`, { payload }).then(
        () => stores.push(`m${at}`),
        (error: unknown) => {
          refusal = error;
        },
      );
    }
    expect(refusal).toMatchObject({ code: 'OVERLOADED', retry: true, message: expect.stringContaining('no room') });
    expect(stores.length).toBeGreaterThan(3);
    expect((await stored(backbone)).map(({ messageId }) => messageId)).toEqual(stores);
  });

  it('keeps historyLengthMax messages and promises one less: from before those a reader comes without a hole (I6)', async () => {
    const backbone = await connectAnew({ historyLengthMax: 5 });
    expect(backbone.retentionMessagesMax).toBe(4);
    const positions = [];
    for (const id of ids(12)) {
      positions.push((await publish(backbone, id)).position);
      // Numbers of other topics stand between.
      await publish(backbone, id, { topic: 'b' });
    }
    const log = await stored(backbone);
    expect(log.map(({ messageId }) => messageId)).toEqual(['m8', 'm9', 'm10', 'm11', 'm12']);
    expect(log[0]?.prevSeqNo).toBeGreaterThan(0);
    const before = positions.at(-5);
    if (before === undefined) throw new Error('There are twelve.');
    expect(await backbone.anchor('a', before)).toBe(true);
    const promised = await backbone.read('a', { afterSeqNo: before.seqNo, limit: 10 });
    expect(promised).toHaveLength(4);
    expect(chainBreaks(promised, before.seqNo)).toEqual([]);
  });

  it('a repeat after the server was killed is the same message as long as that is stored (I2)', async () => {
    const own = await startServer();
    const backbone = await connectBackbone(own, { limits: { historyLengthMax: 20 } });
    const positions = [];
    for (const id of ids(30)) positions.push((await publish(backbone, id)).position);
    await own.kill();
    await own.start();
    for (const [at, id] of ids(30).entries()) {
      if (at < 10) continue;
      expect(await insist(() => publish(backbone, id))).toEqual({ status: 'duplicate', position: positions[at] });
      await expect(publish(backbone, id, { payload: 'other' })).rejects.toMatchObject({ code: 'MESSAGE_ID_CONFLICT' });
    }
    expect(await stored(backbone)).toHaveLength(20);
  });

  it('messages of one publisher that are begun while the connection breaks are stored in their order (I3)', async () => {
    const proxy = await startProxy(server);
    const backbone = await connectBackbone(proxy, { stream: `P${streams++}` });
    const all: Promise<unknown>[] = [];
    for (let round = 0; round < 5; round++) {
      const group = ids(30, `r${round}.`).map((id, at) => publish(backbone, id, at % 3 === 0 ? { key: `k${at}` } : {}));
      all.push(...group);
      await group[round * 5];
      await proxy.cut();
      await proxy.heal();
    }
    await Promise.all(all);
    const log = await stored(backbone);
    expect(log.map(({ messageId }) => messageId)).toEqual(ids(5, 'r').flatMap((_, round) => ids(30, `r${round}.`)));
    expect(chainBreaks(log, 0)).toEqual([]);
  });

  it('leaves nothing behind: no consumer, no subscription, no file of one', async () => {
    const own = await startServer();
    const backbone = await connectBackbone(own, { limits: { historyLengthMax: 40 } });
    const { jsm, connection } = await connectPlainly(own);
    for (let round = 0; round < 3; round++) {
      await publishAll(backbone, ids(40, `r${round}.`));
      await publishAll(backbone, ids(20, `k${round}.`), { key: `k${round}` });
      await stored(backbone);
      await backbone.tail('a', 30);
      await backbone.snapshot('a');
      await backbone.snapshot('b');
      await backbone.anchor('a', { ...(await backbone.head('a')), seqNo: 0 });
      const listening = await Listening.join(backbone, `t${round}`);
      listening.close();
    }
    for (const name of ['MS', 'MS_STATE']) expect((await jsm.streams.info(name)).state.consumer_count).toBe(0);
    await backbone.close();
    await backbone.close();
    await expect(publish(backbone, 'late')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(backbone.head('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(connection.isClosed()).toBe(false);
    expect(await readFile(join(own.folder, 'server.conf'), 'utf8')).toContain('store_dir');
  });
});
