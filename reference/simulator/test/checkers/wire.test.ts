import { describe, expect, it } from 'vitest';
import { place, Story } from '../support/story.ts';

const HOLE = 'I4: what a gateway sends to a stream has no hole';
const RECOVERY = 'I6: what a recovery sends has no hole';
const HEAD = 'I4: no head comes before its messages';

describe('what a gateway sends to a stream', () => {
  const line = (mode: 'stream' | 'volatile' = 'stream') =>
    new Story().begin().put(1, 6).subscribe(mode).subscribed(0).send('subscribed');

  it('has every message, and may have those of a replay again (§5.5)', () => {
    expect(
      line().send('message', 1).send('message', 2).send('message', 1).send('message', 2).send('message', 3).broken,
    ).toEqual([]);
  });

  it('finds a hole that a client would mend by itself', () => {
    expect(line().send('message', 1).send('message', 3).broken).toEqual([HOLE]);
    expect(line('volatile').send('message', 1).send('message', 3).broken).toEqual([]);
  });

  it('finds a hole between the position and the first message', () => {
    expect(line().send('message', 2).broken).toEqual([HOLE]);
  });

  it('finds a hole in what was promised by full, until live', () => {
    const resumed = () => line().subscribed(2, 'full', { asked: place(2) });
    expect(resumed().send('message', 4).broken).toEqual([RECOVERY]);
    expect(resumed().send('message', 3).send('live').send('message', 5).broken).toEqual([HOLE]);
  });

  it('cannot send what the backbone has given up', () => {
    const story = new Story().begin().put(1, 20).subscribe().subscribed(0).send('message', 11);
    expect(story.broken).toEqual([]);
  });

  it('finds a head ahead of its messages (§5.7)', () => {
    expect(line().send('message', 1).send('head', 1).broken).toEqual([]);
    expect(line().send('message', 1).send('head', 2).broken).toEqual([HEAD]);
  });

  it('does not guess which message it was where a seqNo has two', () => {
    const story = line().send('message', 1).lose(1, false);
    for (const seqNo of [2, 3, 4]) story.put(seqNo, seqNo, { messageId: `again-${seqNo}` });
    expect(story.send('message', 4).broken).toEqual([]);
  });
});
