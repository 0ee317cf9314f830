import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Entry, TopicSnapshot, TopicTail } from '../../src/index.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { ids, publish, publishAll, stateIds, stored, storedIds } from '../../suite/harness.ts';
import { NATS_MISSING } from './support/nats-server.ts';
import {
  connectBackbone,
  connectPlainly,
  eventually,
  insist,
  Listening,
  startProxy,
  startServer,
  stateAfter,
} from './support/setting.ts';

const skipped = NATS_MISSING === undefined ? '' : ` — skipped: ${NATS_MISSING}`;

describe.skipIf(NATS_MISSING !== undefined)(`what goes wrong at NATS${skipped}`, () => {
  it('a server that is killed in the middle of publishing has everything that it acknowledged (I4)', async () => {
    const server = await startServer();
    const backbone = await connectBackbone(server);
    const listening = await Listening.join(backbone);
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < 4; round++) {
      const publishing = ['ann', 'bob', 'cem'].flatMap((publisher) =>
        ids(40, `${publisher}${round}.`).map(async (id) => {
          const { position } = await insist(() => publish(backbone, id, { publisher }));
          acknowledged.set(id, position.seqNo);
        }),
      );
      await publishing[10 + round * 8];
      await server.kill();
      await server.start();
      await Promise.all(publishing);
    }
    const log = await stored(backbone);
    expect(new Map(log.map(({ messageId, seqNo }) => [messageId, seqNo]))).toEqual(acknowledged);
    expect(log).toHaveLength(acknowledged.size);
    expect(chainBreaks(log, 0)).toEqual([]);
    await listening.heard(log.at(-1)?.messageId ?? '');
    expect(listening.lostCount).toBe(0);
    expect(listening.entries).toEqual(log);
    // Each publisher's messages are in the order in which they were begun (I3).
    for (const publisher of ['ann', 'bob', 'cem']) {
      const own = log.map(({ messageId }) => messageId).filter((id) => id.startsWith(publisher));
      expect(own).toEqual(ids(4, publisher).flatMap((_, round) => ids(40, `${publisher}${round}.`)));
    }
  });

  it('a server that freezes and goes on delays what is asked, and loses nothing', async () => {
    const server = await startServer();
    const backbone = await connectBackbone(server);
    const listening = await Listening.join(backbone);
    await publishAll(backbone, ids(5));
    server.freeze();
    const publishing = ids(20, 'n').map((id) => publish(backbone, id));
    const asking = stored(backbone);
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.thaw();
    expect((await asking).length).toBeGreaterThanOrEqual(5);
    for (const { status } of await Promise.all(publishing)) expect(status).toBe('ok');
    await listening.heard('n20');
    expect(listening.ids).toEqual([...ids(5), ...ids(20, 'n')]);
  });

  it('copies that are lost on their way are read from the stream, in their order', async () => {
    const server = await startServer();
    const proxy = await startProxy(server);
    const here = await connectBackbone(proxy);
    const there = await connectBackbone(server);
    const listening = await Listening.join(here);
    for (let round = 0; round < 5; round++) {
      await proxy.cut();
      // Many more than are read one by one.
      await publishAll(there, ids(60, `r${round}.`));
      await proxy.heal();
      await publish(there, `after${round}`);
      await listening.heard(`after${round}`);
    }
    expect(listening.lostCount).toBe(0);
    expect(chainBreaks(listening.entries, 0)).toEqual([]);
    expect(listening.entries).toEqual(await stored(there));
  });

  it('the last copy may be the lost one: the head is asked for after a reconnect', async () => {
    const server = await startServer();
    const proxy = await startProxy(server);
    const here = await connectBackbone(proxy);
    const there = await connectBackbone(server);
    const listening = await Listening.join(here);
    await proxy.cut();
    await publish(there, 'm1');
    await proxy.heal();
    await listening.heard('m1');
  });

  it('a reader that takes nothing from its socket is cut off by the server, and reads what it missed', async () => {
    // A server gives up a client that it cannot write to.
    const server = await startServer({ config: 'max_payload: 65536\nmax_pending: 131072\nwrite_deadline: "100ms"' });
    const proxy = await startProxy(server);
    const problems: (string | undefined)[] = [];
    const here = await connectBackbone(proxy, { onProblem: (problem) => problems.push(problem) });
    const there = await connectBackbone(server);
    const listening = await Listening.join(here);
    await publish(there, 'first');
    await listening.heard('first');
    proxy.stall('far');
    const payload = 'x'.repeat(60_000);
    for (const id of ids(300)) await publish(there, id, { payload });
    proxy.resume();
    await eventually(() => problems.length > 0);
    await publish(there, 'last');
    await listening.heard('last');
    expect(listening.lostCount).toBe(0);
    expect(listening.ids).toEqual(['first', ...ids(300), 'last']);
    expect(chainBreaks(listening.entries, 0)).toEqual([]);
  });

  it('what has left the history while nobody could hear it is a loss that is told once (I4)', async () => {
    const server = await startServer();
    const proxy = await startProxy(server);
    const limits = { historyLengthMax: 10 };
    const here = await connectBackbone(proxy, { limits });
    const there = await connectBackbone(server, { limits });
    const listening = await Listening.join(here);
    await publishAll(there, ids(3));
    await listening.heard('m3');
    await proxy.cut();
    await publishAll(there, ids(30, 'n'));
    await proxy.heal();
    await listening.lost();
    await publish(there, 'after');
    const next = await Listening.join(here);
    expect(next.head.messageId).toBe('after');
    expect(listening.ids).toEqual(ids(3));
    expect(listening.lostCount).toBe(1);
  });

  it('a stream that is deleted and made again is told as a loss, and no old position holds in it (I6)', async () => {
    const server = await startServer();
    const backbone = await connectBackbone(server);
    const listening = await Listening.join(backbone);
    const { position } = await publish(backbone, 'm1');
    await publish(backbone, 'kept', { key: 'x' });
    await listening.heard('kept');
    const { jsm } = await connectPlainly(server);
    await jsm.streams.delete('MS');
    const [again] = await Promise.all([insist(() => publish(backbone, 'm1')), listening.lost()]);
    expect(again.status).toBe('ok');
    expect(again.position.epoch).not.toBe(position.epoch);
    expect(await backbone.anchor('a', position)).toBe(false);
    expect(await backbone.anchor('a', again.position)).toBe(true);
    // The state of the old stream is gone with it, and does not come back when its numbers do.
    expect(await stateIds(backbone)).toEqual(['m1']);
    await publishAll(backbone, ids(5, 'n'));
    expect(await stateIds(backbone)).toEqual(['n5']);
    expect(await stateIds(await connectBackbone(server))).toEqual(['n5']);
    expect(listening.lostCount).toBe(1);
    expect(backbone.problem).toBeUndefined();
  });

  it('so it is when it happens while nobody is connected', async () => {
    const server = await startServer();
    const proxy = await startProxy(server);
    const here = await connectBackbone(proxy);
    const there = await connectBackbone(server);
    const listening = await Listening.join(here);
    const { position } = await publish(here, 'm1');
    await listening.heard('m1');
    await proxy.cut();
    const { jsm } = await connectPlainly(server);
    await jsm.streams.delete('MS');
    await insist(() => publish(there, 'm2'));
    await proxy.heal();
    await listening.lost();
    expect(listening.ids).toEqual(['m1']);
    expect(await here.anchor('a', position)).toBe(false);
    expect((await here.head('a')).epoch).toBe((await there.head('a')).epoch);
  });

  it('copies of the state that are deleted begin new epochs: their loss is told', async () => {
    const server = await startServer();
    const backbone = await connectBackbone(server, { limits: { historyLengthMax: 1 } });
    await publish(backbone, 'm1', { key: 'x' });
    const { position } = await publish(backbone, 'm2', { key: 'y' });
    const { jsm } = await connectPlainly(server);
    await jsm.streams.delete('MS_STATE');
    const other = await connectBackbone(server, { limits: { historyLengthMax: 1 } });
    const head = await other.head('a');
    expect(head.epoch).not.toBe(position.epoch);
    await eventually(async () => (await backbone.head('a')).epoch === head.epoch);
    expect(await backbone.anchor('a', position)).toBe(false);
    expect(await storedIds(backbone)).toEqual(['m2']);
  });

  it('a server that is restored from an older copy of its files has lost its newest messages: new epochs (I6)', async () => {
    const server = await startServer();
    const backbone = await connectBackbone(server);
    const listening = await Listening.join(backbone);
    const before = await publish(backbone, 'm1', { key: 'x' });
    await server.stop();
    const copy = join(server.folder, 'copy');
    await cp(join(server.folder, 'store'), copy, { recursive: true });
    await server.start();
    const { position } = await insist(() => publish(backbone, 'm2'));
    await listening.heard('m2');
    await server.stop();
    await rm(join(server.folder, 'store'), { recursive: true });
    await cp(copy, join(server.folder, 'store'), { recursive: true });
    await server.start();
    await listening.lost();
    await eventually(async () => (await insist(() => backbone.head('a'))).epoch !== position.epoch);
    // Its number is given to another message now.
    const other = await insist(() => publish(backbone, 'm3'));
    expect(other.position.seqNo).toBeLessThanOrEqual(position.seqNo + 1);
    for (const old of [position, before.position]) expect(await backbone.anchor('a', old)).toBe(false);
    // What is left is left, the state as well.
    expect(await storedIds(backbone)).toEqual(['m1', 'm3']);
    expect(await stateIds(backbone)).toEqual(['m1', 'm3']);
  });

  it('what somebody else wrote has its place in the chain and a payload of null, or is passed over', async () => {
    const server = await startServer();
    const backbone = await connectBackbone(server);
    const listening = await Listening.join(backbone);
    await publish(backbone, 'm1');
    const { connection } = await connectPlainly(server);
    for (const subject of ['ms.t.MS.a', 'ms.s.MS.a.x']) await connection.request(subject, '{"not":"ours"}');
    // Nor is what somebody sends to the subjects of the copies a message.
    connection.publish('ms.d.MS.a', '1');
    await connection.flush();
    await publish(backbone, 'm2');
    await listening.heard('m2');
    expect(chainBreaks(listening.entries, 0)).toEqual([]);
    expect(listening.entries[1]).toMatchObject({ payload: null, messageId: expect.stringMatching(/^foreign-\d+$/) });
    expect(await stored(backbone)).toEqual(listening.entries);
    expect(await stateIds(backbone)).toEqual(['m2']);

    // Over our records, it ends the life that they name.
    const before = await backbone.head('a');
    for (const subject of ['ms.t.MS.=life', 'ms.s.MS.=lineage']) await connection.request(subject, '{"not":"ours"}');
    await listening.lost();
    expect((await publish(backbone, 'm3')).position.epoch).not.toBe(before.epoch);
    expect(await backbone.anchor('a', before)).toBe(false);
  });

  it('a gateway that ends between a message and its copy leaves the copy to whoever keeps the state', async () => {
    const server = await startServer();
    const proxy = await startProxy(server);
    const limits = { historyLengthMax: 8 };
    const ending = await connectBackbone(proxy, { limits });
    const other = await connectBackbone(server, { limits });
    await publish(other, 'm1', { key: 'x' });
    proxy.hold('ms.s.');
    const publishing = publish(ending, 'alone', { key: 'y' }).catch((error: unknown) => error);
    await eventually(() => proxy.heldCount === 1);
    // What is held is lost with the connection.
    await proxy.cut();
    await ending.close();
    expect(await publishing).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await stateIds(other)).toEqual(['m1', 'alone']);
    for (const id of ids(6)) await publish(other, `k${id}`, { key: 'x' });
    const third = await connectBackbone(server, { limits });
    await publishAll(third, ids(10, 'n'));
    expect(await storedIds(third)).not.toContain('alone');
    expect(await stateIds(third)).toEqual(['alone', 'km6', 'n10']);
  });

  it.each([
    ['new', ['open', 'new', 'n8']],
    [null, ['open', 'n8']],
  ])('a copy that comes late takes the place of no newer one: %j', async (payload, state) => {
    const server = await startServer();
    const proxy = await startProxy(server);
    const limits = { historyLengthMax: 6 };
    const late = await connectBackbone(proxy, { limits });
    const other = await connectBackbone(server, { limits });
    await publish(other, 'begin', { key: 'x' });
    await publish(late, 'open', { key: 'z' });
    proxy.hold('ms.s.');
    const publishing = publish(late, 'old', { key: 'x' });
    await eventually(() => proxy.heldCount === 1);
    await publish(other, 'new', { key: 'x', payload });
    proxy.release();
    await publishing;
    await late.close();
    await other.close();
    // Nothing but the copies can tell any more.
    const third = await connectBackbone(server, { limits });
    await publishAll(third, ids(8, 'n'));
    expect(await stateIds(third)).toEqual(state);
  });

  // The shorter history moves on faster than it is read.
  it.each([3, 200])('what is read while others write is one moment of a history of %i', async (historyLengthMax) => {
    const server = await startServer();
    const limits = { historyLengthMax };
    const writer = await connectBackbone(server, { limits });
    const reader = await connectBackbone(server, { limits });
    const truth = await Listening.join(writer);
    let isOver = false;
    const writing = ['ann', 'bob', 'cem'].map(async (publisher, at) => {
      for (let count = 0; !isOver; count++) {
        const key = count % 3 === 0 ? undefined : `k${(count + at) % 4}`;
        const payload = count % 5 === 0 ? null : count;
        await publish(writer, `${publisher}${count}`, { publisher, key, payload });
      }
    });
    // If it fails before its end, writers are cut off.
    for (const line of writing) line.catch(() => {});
    const read = { history: [] as Entry[][], tails: [] as TopicTail[], states: [] as TopicSnapshot[] };
    for (let round = 0; round < 15; round++) {
      const [history, tail] = await Promise.all([stored(reader), reader.tail('a', 3)]);
      read.history.push([...history]);
      read.tails.push(tail);
      if (historyLengthMax > 3) read.states.push(await reader.snapshot('a'));
    }
    isOver = true;
    await Promise.all(writing);
    await publish(writer, 'last');
    await truth.heard('last');

    const places = new Map(truth.entries.map(({ seqNo }, place) => [seqNo, place]));
    const between = (entries: readonly Entry[]) => {
      const from = places.get(entries[0]?.seqNo ?? 0) ?? 0;
      return truth.ids.slice(from, from + entries.length);
    };
    for (const history of read.history) expect(history.map(({ messageId }) => messageId)).toEqual(between(history));
    for (const { before, entries, head } of read.tails) {
      expect(entries.map(({ messageId }) => messageId)).toEqual(between(entries));
      expect(chainBreaks(entries, before.seqNo)).toEqual([]);
      expect(entries.at(-1)?.seqNo ?? before.seqNo).toBe(head.seqNo);
    }
    for (const { head, entries } of read.states) {
      const then = truth.entries.filter(({ seqNo }) => seqNo <= head.seqNo);
      expect(entries.map(({ messageId }) => messageId)).toEqual(stateAfter(then));
    }
  });
});
