import { describe, expect, it } from 'vitest';
import { Story, TOPIC } from '../support/story.ts';

const UNTOLD = 'I5: a second above the objective is told';
const STILL = 'I5: a full second below the objective is told';
const LATE = 'I5: late is said for a reason';
const OK = 'I5: ok is said for a reason';

/** Messages of which each takes so long from storing to hand-over, 100 ms apart. */
function flow(story: Story, from: number, to: number, tookMs: number, connection = 'reader-1'): Story {
  for (let seqNo = from; seqNo <= to; seqNo++) {
    story.put(seqNo, seqNo, { time: story.at - tookMs });
    story.tell({ kind: 'received', gateway: 'gateway-1', topic: TOPIC, epoch: 'e1', seqNo, gatewayTime: story.at });
    story.send('message', seqNo, { connection }).wait(95);
  }
  return story;
}

const begun = () => new Story().begin().subscribe().subscribed(0).send('subscribed');
const health = (story: Story, state: 'ok' | 'late') => story.send('health', undefined, { state });

describe('I5 a breach', () => {
  it('is told within two seconds', () => {
    expect(flow(health(flow(begun(), 1, 20, 400), 'late'), 21, 100, 400).broken).toEqual([]);
  });

  it('is found when it is not told, once', () => {
    expect(flow(begun(), 1, 100, 400).broken).toEqual([UNTOLD]);
  });

  it('is one message that is late, with fewer than a hundred beside it', () => {
    const one = () => flow(flow(begun(), 1, 5, 10), 6, 6, 260);
    expect(flow(one(), 7, 60, 10).broken).toEqual([UNTOLD]);
    expect(flow(health(flow(one(), 7, 20, 10), 'late'), 21, 60, 10).broken).toEqual([]);
    expect(flow(flow(begun(), 1, 5, 10), 6, 60, 240).broken).toEqual([]);
  });

  it('is not known where there are many messages', () => {
    const crowd = (story: Story, from: number) => {
      for (let seqNo = from; seqNo < from + 200; seqNo++) {
        flow(story, seqNo, seqNo, seqNo === 150 ? 400 : 10);
        story.at -= 90;
      }
      return story;
    };
    expect(flow(crowd(begun(), 1), 201, 260, 10).broken).toEqual([]);
  });

  it('is none of a gateway that had nobody to tell', () => {
    const story = begun();
    for (let seqNo = 1; seqNo < 100; seqNo++) flow(story, seqNo, seqNo, 400, `reader-${seqNo}`);
    expect(story.broken.filter((rule) => rule === UNTOLD)).toEqual([]);
  });

  it('is not held against a gateway whose reader did not keep up', () => {
    const story = flow(begun(), 1, 5, 400).put(6).put(7);
    story.tell({ kind: 'received', gateway: 'gateway-1', topic: TOPIC, epoch: 'e1', seqNo: 7, gatewayTime: story.at });
    expect(flow(story.send('message', 7), 8, 60, 10).broken.filter((rule) => rule === UNTOLD)).toEqual([]);
  });
});

describe('I5 what is said', () => {
  it('is late also to one who joins a topic that is late, who begins as ok (§5.8)', () => {
    const joined = (waitMs: number) =>
      health(flow(begun(), 1, 20, 400), 'late')
        .wait(waitMs)
        .send('subscribed', 20);
    expect(health(joined(3_500), 'late').broken).toEqual([]);
    expect(health(joined(6_000), 'late').broken).toEqual([LATE]);
    expect(flow(joined(0), 21, 100, 10).broken).toEqual([]);
    expect(flow(joined(11_000), 21, 100, 400).broken).toEqual([UNTOLD]);
  });

  it('is late only when something was', () => {
    expect(health(flow(begun(), 1, 20, 400), 'late').broken).toEqual([]);
    const wasLate = () => health(flow(begun(), 1, 20, 400), 'late');
    expect(health(flow(begun(), 1, 20, 10), 'late').broken).toEqual([LATE]);
    expect(health(flow(health(flow(wasLate(), 21, 35, 10), 'ok'), 36, 60, 10), 'late').broken).toEqual([LATE]);
  });

  it('may be late for a message that lay at the gateway', () => {
    const story = begun().put(1);
    story.tell({ kind: 'received', gateway: 'gateway-1', topic: TOPIC, epoch: 'e1', seqNo: 1, gatewayTime: story.at });
    expect(health(story.wait(400).send('message', 1), 'late').broken).toEqual([]);
  });

  const late = () => health(flow(begun(), 1, 20, 400), 'late');

  it('is ok after a full second in time', () => {
    expect(flow(health(flow(late(), 21, 35, 10), 'ok'), 36, 100, 10).broken).toEqual([]);
    expect(flow(late(), 21, 100, 10).broken).toEqual([STILL]);
  });

  it('is no matter of one who was behind in between, who is not told', () => {
    const behind = late().put(21);
    behind.tell({
      kind: 'received',
      gateway: 'gateway-1',
      topic: TOPIC,
      epoch: 'e1',
      seqNo: 21,
      gatewayTime: behind.at,
    });
    expect(flow(behind.wait(500).send('message', 21), 22, 100, 10).broken).toEqual([]);
    const other = flow(late().connect('reader', { connection: 'reader-2', sessionId: 's2' }), 21, 30, 10);
    other.send('health', undefined, { state: 'ok', connection: 'reader-2' });
    expect(flow(other, 31, 100, 10).broken).toEqual([]);
  });

  it('is not ok while everything is late', () => {
    expect(health(flow(late(), 21, 60, 400), 'ok').broken).toEqual([OK]);
    expect(health(late().wait(3_000), 'ok').broken).toEqual([]);
  });
});
