import { DEFAULT_LIMITS, limitsWith } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { MemoryBackbone } from '../src/index.ts';
import { publish, stored } from './support/harness.ts';
import { backboneSuite } from './support/suite.ts';

backboneSuite('MemoryBackbone', (limits = {}) => {
  const clock = new ManualClock();
  return { clock, backbone: new MemoryBackbone({ clock, random: seededRandom(1), limits: limitsWith(limits) }) };
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
});
