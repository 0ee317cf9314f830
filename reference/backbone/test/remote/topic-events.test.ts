/** What an engine says of a topic beside its messages reaches the edges, their clients, and the edges of edges. */

import { Client, type Health, type SubscriptionOptions } from '@micro-socket/client';
import { Gateway, StaticPolicy } from '@micro-socket/gateway';
import { limitsWith } from '@micro-socket/protocol';
import { inprocPair } from '@micro-socket/transport';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import type { Backbone, SourceHealth } from '../../src/index.ts';
import { publish } from '../../suite/harness.ts';
import { SourcedBackbone } from '../support/sourced-backbone.ts';
import { Engine } from './support/engine.ts';

const KEY = 'a-key-that-only-edges-have';
const WHY = 'The channel was deleted.';

async function world() {
  const backbone = new SourcedBackbone({ clock: new ManualClock(), random: seededRandom(1), limits: limitsWith({}) });
  const engine = await Engine.start({ backbone, key: KEY });
  return { backbone, engine, edge: await engine.connect() };
}

/** Listens and notes what it hears, in order. */
function listening() {
  const heard: string[] = [];
  const sources: SourceHealth[] = [];
  const events = {
    onLost: () => heard.push('lost'),
    onClosed: (why: string) => heard.push(why),
    onHealth: (source: SourceHealth) => {
      heard.push(source.state);
      sources.push(source);
    },
  };
  return { heard, sources, events, listener: ({ messageId }: { messageId: string }) => heard.push(messageId) };
}

/** A client of a gateway of its own on a backbone. */
async function clientOf(backbone: Backbone) {
  const gateway = new Gateway({
    name: 'edge',
    backbone,
    policy: new StaticPolicy({ anonymous: { allow: [{ pattern: '>', actions: ['subscribe', 'publish'] }] } }),
    clock: systemClock,
    random: systemRandom,
  });
  const dial = async () => {
    const pair = inprocPair({ clock: systemClock, encoding: 'msgpack' });
    gateway.accept(pair.gateway);
    return pair.client;
  };
  const client = new Client({ dial, clock: systemClock, random: systemRandom });
  await client.open();
  return client;
}

function noted() {
  const told: (string | Health['state'])[] = [];
  const ends: unknown[] = [];
  const options: SubscriptionOptions = {
    onMessage: ({ messageId }) => told.push(messageId),
    onHealth: ({ state }) => told.push(state),
    onLoss: () => told.push('loss'),
    onEnd: (error) => ends.push(error),
  };
  return { told, ends, options };
}

describe('a topic that ends at the engine', () => {
  it('ends every feed of an edge with the reason, after the last message, once (§5.3)', async () => {
    const { backbone, engine, edge } = await world();
    const feeds = [listening(), listening()];
    for (const { listener, events } of feeds) await edge.subscribe('a', listener, events);
    await publish(edge, 'm1');
    backbone.endTopic('a', WHY);
    for (const { heard } of feeds) await expect.poll(() => heard).toEqual(['m1', WHY]);
    await expect(edge.subscribe('a', () => {})).rejects.toMatchObject({ code: 'NO_SUCH_TOPIC', retry: false });
    backbone.beginTopic('a');
    const again = listening();
    await edge.subscribe('a', again.listener, again.events);
    await publish(edge, 'm2');
    await expect.poll(() => again.heard).toEqual(['m2']);
    for (const { heard } of feeds) expect(heard).toEqual(['m1', WHY]);
    await engine.close();
  });

  it('is refused by an edge as the engine refuses it, whatever is asked (NO_SUCH_TOPIC)', async () => {
    const { backbone, engine, edge } = await world();
    backbone.endTopic('a', WHY);
    const refused = { code: 'NO_SUCH_TOPIC', topic: 'a', retry: false, id: undefined };
    await expect(edge.subscribe('a', () => {})).rejects.toMatchObject(refused);
    await expect(publish(edge, 'm1')).rejects.toMatchObject(refused);
    await expect(edge.read('a', { afterSeqNo: 0, limit: 5 })).rejects.toMatchObject(refused);
    await expect(edge.snapshot('a')).rejects.toMatchObject(refused);
    await expect(edge.tail('a', 3)).rejects.toMatchObject(refused);
    await expect(edge.head('a')).rejects.toMatchObject(refused);
    await expect(edge.anchor('a', { epoch: 'e', seqNo: 1, messageId: 'm1' })).rejects.toMatchObject(refused);
    await engine.close();
  });

  it('while an edge was cut off is a loss there, because messages may have come before the end (I4)', async () => {
    const { backbone, engine, edge } = await world();
    const { heard, listener, events } = listening();
    await edge.subscribe('a', listener, events);
    await publish(edge, 'm1');
    await expect.poll(() => heard).toEqual(['m1']);
    await engine.cut();
    await publish(backbone, 'm2');
    backbone.endTopic('a', WHY);
    await engine.listen();
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['m1', 'lost']);
    await engine.close();
  });
});

describe('a source that falls silent at the engine', () => {
  const ago = (ms: number) => systemClock.now() - ms;

  it('is silent at an edge, also for those who join later, and is heard again (§5.8)', async () => {
    const { backbone, engine, edge } = await world();
    const first = listening();
    await edge.subscribe('a', first.listener, first.events);
    const silentSince = ago(5_000);
    backbone.sourceIs('a', { state: 'stale', silentSince });
    await expect.poll(() => first.heard).toEqual(['stale']);
    const second = listening();
    await edge.subscribe('a', second.listener, second.events);
    expect(second.sources).toEqual(first.sources);
    const [source] = first.sources;
    // What passes between the engine's saying it and the edge's hearing it counts as no silence.
    if (source?.state === 'stale') expect(source.silentSince).toBeGreaterThanOrEqual(silentSince);
    if (source?.state === 'stale') expect(source.silentSince).toBeLessThanOrEqual(ago(5_000));
    backbone.sourceIs('a', { state: 'ok' });
    for (const { heard } of [first, second]) await expect.poll(() => heard).toEqual(['stale', 'ok']);
    const third = listening();
    await edge.subscribe('a', third.listener, third.events);
    await publish(edge, 'm1');
    await expect.poll(() => third.heard).toEqual(['m1']);
    await engine.close();
  });

  it('is told by the engine anew after a cut', async () => {
    const { backbone, engine, edge } = await world();
    const { heard, listener, events } = listening();
    await edge.subscribe('a', listener, events);
    await publish(edge, 'm1');
    backbone.sourceIs('a', { state: 'stale', silentSince: ago(5_000) });
    await expect.poll(() => heard).toEqual(['m1', 'stale']);
    await engine.cut();
    await engine.listen();
    // What was said before the break does not count any more.
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['m1', 'stale', 'ok', 'stale']);
    await engine.close();
  });
});

describe('clients of edges, and of edges of edges', () => {
  it('hear that the source is silent and heard again, and that the topic has ended, after every message', async () => {
    const { backbone, engine, edge } = await world();
    const middle = await Engine.start({ backbone: edge, key: KEY });
    const farEdge = await middle.connect();
    const clients = await Promise.all([edge, farEdge].map(clientOf));
    const notes = clients.map(() => noted());
    for (const [at, client] of clients.entries()) await client.subscribe('a', notes[at]?.options);
    await publish(backbone, 'm1');
    for (const { told } of notes) await expect.poll(() => told).toEqual(['m1']);
    backbone.sourceIs('a', { state: 'stale', silentSince: systemClock.now() - 2_000 });
    for (const { told } of notes) await expect.poll(() => told).toEqual(['m1', 'stale']);
    backbone.sourceIs('a', { state: 'ok' });
    for (const { told } of notes) await expect.poll(() => told).toEqual(['m1', 'stale', 'ok']);
    await publish(backbone, 'm2');
    backbone.endTopic('a', WHY);
    for (const { told, ends } of notes) {
      await expect.poll(() => ends).toMatchObject([{ code: 'TOPIC_CLOSED', why: WHY }]);
      expect(told).toEqual(['m1', 'stale', 'ok', 'm2']);
    }
    for (const client of clients) {
      await expect(client.subscribe('a')).rejects.toMatchObject({ code: 'NO_SUCH_TOPIC' });
      await client.close();
    }
    await middle.close();
    await engine.close();
  });
});
