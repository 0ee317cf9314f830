import { DEFAULT_LIMITS, limitsWith } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { MemoryBackbone } from '../src/index.ts';
import { publish, stateIds, stored } from '../suite/harness.ts';
import { backboneSuite } from '../suite/index.ts';

backboneSuite('MemoryBackbone', {
  make: async (limits = {}) => {
    const clock = new ManualClock();
    const backbone = new MemoryBackbone({ clock, random: seededRandom(1), limits: limitsWith(limits) });
    // Two gateways of one process can share it.
    return { clock, backbone, another: async () => backbone };
  },
  skips: {
    'failure in the middle': 'Nothing lies between it and its store, which is the memory that it runs in.',
    restart: 'A new one begins with nothing, in new epochs.',
  },
  runs,
});

describe('MemoryBackbone', () => {
  const make = (seed: number) => new MemoryBackbone({ clock: new ManualClock(), random: seededRandom(seed) });

  it('says what it survives and takes the default bounds', () => {
    expect(make(1)).toMatchObject({
      durability: 'memory',
      retentionMessagesMax: DEFAULT_LIMITS.historyLengthMax,
      dedupWindowMs: DEFAULT_LIMITS.dedupWindowMs,
    });
  });

  it('does its work before publish returns, so calls take effect in the order in which they are made (I3)', () => {
    const backbone = make(1);
    const heard: string[] = [];
    void backbone.subscribe('a', ({ messageId }) => heard.push(messageId));
    void publish(backbone, 'm1');
    void publish(backbone, 'm2');
    expect(heard).toEqual(['m1', 'm2']);
  });

  it('a new one has new epochs, so that a restart cannot be mistaken for the same history (I6)', async () => {
    const { position } = await publish(make(1), 'm1');
    const restarted = make(2);
    await publish(restarted, 'm1');
    expect(await restarted.anchor('a', position)).toBe(false);
  });

  it('keeps nothing after close', async () => {
    const backbone = make(1);
    await publish(backbone, 'm1');
    await backbone.close();
    expect(await stored(backbone)).toEqual([]);
  });

  it('keeps neither ids nor state after close', async () => {
    const backbone = make(1);
    await publish(backbone, 'm1', { key: 'x' });
    await backbone.close();
    expect(await stateIds(backbone)).toEqual([]);
    expect((await publish(backbone, 'm1', { key: 'x' })).status).toBe('ok');
  });

  it('reports what a listener throws, once for each entry', async () => {
    const errors: unknown[] = [];
    const onListenerError = (error: unknown) => errors.push(error);
    const backbone = new MemoryBackbone({ clock: new ManualClock(), random: seededRandom(1), onListenerError });
    const failures = [new Error('first'), new Error('second')];
    await backbone.subscribe('a', ({ payload }) => {
      throw failures[Number(payload)];
    });
    await publish(backbone, 'm1', { payload: 0 });
    await publish(backbone, 'm2', { payload: 1 });
    expect(errors).toEqual(failures);
  });

  it('charges what it holds and nothing that it has given up, over any number of publishes (§8)', async () => {
    const clock = new ManualClock();
    const historyBytesMax = 2_000;
    const limits = limitsWith({ historyBytesMax, historyLengthMax: 10, stateKeysMax: 20, dedupWindowMs: 1 });
    const backbone = new MemoryBackbone({ clock, random: seededRandom(1), limits });
    const random = seededRandom(2);
    const below = (count: number) => random.uint32() % count;
    const close = new Map<string, () => void>();
    let refusals = 0;
    for (let at = 0; at < 20_000; at++) {
      const topic = `t${below(6)}`;
      const key = below(3) === 0 ? undefined : `k${below(30)}`;
      const payload = below(5) === 0 ? null : at;
      const ttlMs = below(2) === 0 ? undefined : 1 + below(200);
      const extras = { topic, key, payload, ttlMs, sizeBytes: 1 + below(100) };
      await publish(backbone, `m${at}`, extras).catch(() => refusals++);
      if (below(10) === 0) await clock.advance(below(50));
      if (below(50) > 0) continue;
      close.get(topic)?.();
      if (!close.delete(topic)) close.set(topic, (await backbone.subscribe(topic, () => {})).close);
    }
    expect(refusals).toBeGreaterThan(0);
    expect(refusals).toBeLessThan(15_000);
    for (const leave of close.values()) leave();
    // Nobody listens any more, so one message can have all the room there is, to the byte, and not a byte more.
    await expect(publish(backbone, 'big', { topic: 'x', sizeBytes: historyBytesMax + 1 })).rejects.toThrow();
    expect((await publish(backbone, 'big', { topic: 'x', sizeBytes: historyBytesMax })).status).toBe('ok');
    for (let at = 0; at < 6; at++) expect(await stateIds(backbone, `t${at}`)).toEqual([]);
    expect((await publish(backbone, 'one', { topic: 'x', sizeBytes: 1 })).status).toBe('ok');
    expect((await publish(backbone, 'two', { topic: 'y', sizeBytes: historyBytesMax })).status).toBe('ok');
  });
});
