/** What the history of a round is made of, and what the checkers find in it. */

import type { StoredMessage } from '@micro-socket/client';
import type { HistoryEvent } from '@micro-socket/simulator';
import { describe, expect, it } from 'vitest';
import { violationsIn } from '../src/history/judge.ts';
import { Chronicle } from '../src/storms/chronicle.ts';
import { historyOf, type RoundRecord } from '../src/storms/history-of-round.ts';

const TOPIC = 'storm.r1-a';
const [WRITER, READER] = ['publisher-1', 'reader-1'] as const;
const SAID = { dedupWindowMs: 60_000, retentionMessagesMax: 100, accessRecheckMs: 500, latencyObjectiveMs: 250 };

/** Writes down a round by hand. */
class Hand {
  readonly chronicle = new Chronicle();
  readonly #subscription = { client: READER, subscription: `${READER}/1`, topic: TOPIC };

  begins(epoch = 'e1', seqNo = 0, asked?: { epoch: string; seqNo: number; messageId: string }): this {
    if (asked === undefined) {
      const mode = 'stream' as const;
      this.chronicle.write({ kind: 'subscribe', ...this.#subscription, principal: READER, mode, from: 'live' });
    }
    const recovered = asked === undefined ? 'none' : asked.epoch === epoch ? 'full' : 'gap';
    const on = { client: READER, connection: `${READER}/1`, gateway: 'gateway-1', topic: TOPIC };
    const from = asked === undefined ? {} : { asked };
    this.chronicle.write({ kind: 'subscribed', ...on, recovered, position: { epoch, seqNo }, ...from });
    return this;
  }

  publishes(n: number, epoch?: string, seqNo = n): this {
    const call = { client: WRITER, topic: TOPIC, messageId: `m-${n}`, call: n };
    this.chronicle.write({ kind: 'publish', ...call, principal: WRITER, data: n, ordered: true });
    if (epoch !== undefined) {
      this.chronicle.write({ kind: 'published', ...call, status: 'ok', position: { epoch, seqNo } });
    }
    return this;
  }

  gets(n: number, epoch = 'e1', seqNo = n): this {
    const message = { epoch, seqNo, messageId: `m-${n}`, data: n };
    this.chronicle.write({ kind: 'delivered', ...this.#subscription, ...message });
    return this;
  }

  isTold(afterSeqNo: number): this {
    this.chronicle.write({ kind: 'told', ...this.#subscription, gap: { afterSeqNo, epochChanged: true } });
    return this;
  }

  history(stored: readonly StoredMessage[], change: Partial<RoundRecord> = {}): HistoryEvent[] {
    this.chronicle.write({ kind: 'phase', phase: 'liveness' });
    this.chronicle.write({ kind: 'phase', phase: 'end' });
    const { beganAt, events } = this.chronicle;
    const log = new Map([[TOPIC, stored]]);
    return historyOf({ source: 'hand', beganAt, events, stored: log, isForgetful: false, said: SAID, ...change });
  }
}

function stored(n: number, epoch = 'e1', seqNo = n): StoredMessage {
  const place = { topic: TOPIC, epoch, seqNo, prevSeqNo: seqNo - 1 };
  return { ...place, messageId: `m-${n}`, data: n, by: WRITER, time: Date.now() };
}

const told = (history: readonly HistoryEvent[]) =>
  history.flatMap((event) => {
    if (event.kind === 'stored') return [`stored ${event.messageId} at ${event.epoch}/${event.seqNo}`];
    if (event.kind === 'delivered') return [`delivered ${event.messageId}`];
    return event.kind === 'lost' ? [`lost ${event.epoch}`] : [];
  });

const brokenIn = (events: readonly HistoryEvent[]) => violationsIn({ events }).map(({ invariant }) => invariant);

describe('the history of a round', () => {
  it('tells of a message as stored ahead of what shows it, or one behind it', () => {
    const hand = new Hand().begins().publishes(1).publishes(2, 'e1').gets(1).gets(2).publishes(3);
    const history = hand.history([stored(1), stored(2), stored(3)]);
    expect(told(history)).toEqual([
      'stored m-1 at e1/1',
      'stored m-2 at e1/2',
      'delivered m-1',
      'delivered m-2',
      'stored m-3 at e1/3',
    ]);
    expect(history[0]).toMatchObject({ kind: 'run', source: 'hand', seesLog: true, ...SAID });
  });

  it('holds where all is right, and the checkers find what is not (I2, I3, I4, I7)', () => {
    const right = () => new Hand().begins().publishes(1, 'e1').publishes(2, 'e1').gets(1);
    const log = [stored(1), stored(2)];
    expect(brokenIn(right().gets(2).history(log))).toEqual([]);
    expect(
      brokenIn(
        right()
          .gets(2)
          .history([stored(1)]),
      ),
    ).toContain('I4');
    expect(brokenIn(right().gets(2).gets(2).history(log))).toEqual(['I2']);
    expect(brokenIn(right().gets(2).gets(1).history(log))).toContain('I3');
    expect(
      brokenIn(
        right()
          .gets(3)
          .history([...log, stored(3)]),
      ),
    ).toContain('I4');
    expect(
      brokenIn(
        right()
          .gets(2)
          .history([stored(1), { ...stored(2), data: 9 }]),
      ),
    ).toContain('I7');
    expect(brokenIn(right().history(log))).toEqual(['liveness']);
  });

  it('says that it does not see the log where the round did not come to its end', () => {
    const { chronicle } = new Hand().begins().publishes(1, 'e1').gets(1);
    const { beganAt, events } = chronicle;
    const history = historyOf({ source: 'hand', beganAt, events, isForgetful: false });
    expect(history[0]).toMatchObject({ seesLog: false });
    expect(told(history)).toEqual(['delivered m-1']);
  });

  it('grants what the policy grants of what was asked for, and nothing else', () => {
    const granted = new Hand()
      .begins()
      .publishes(1, 'e1')
      .gets(1)
      .history([stored(1)]);
    expect(granted.filter(({ kind }) => kind === 'granted')).toMatchObject([
      { principal: READER, action: 'subscribe', topic: TOPIC },
      { principal: WRITER, action: 'publish', topic: TOPIC },
    ]);
  });
});

describe('the history of a round whose backbone has lost everything', () => {
  const asked = { epoch: 'e1', seqNo: 1, messageId: 'm-1' };
  const lossy = () => new Hand().begins().publishes(1, 'e1').gets(1).publishes(2, 'e1');
  const again = [stored(3, 'e2', 1)];

  it('makes the log that is gone of what was answered and given, and tells the loss with the next epoch', () => {
    const hand = lossy().begins('e2', 0, asked).isTold(1).publishes(3, 'e2', 1).gets(3, 'e2', 1);
    const history = hand.history(again, { isForgetful: true });
    expect(told(history)).toEqual([
      'stored m-1 at e1/1',
      'delivered m-1',
      'stored m-2 at e1/2',
      'lost e1',
      'stored m-3 at e2/1',
      'delivered m-3',
    ]);
    expect(brokenIn(history)).toEqual([]);
  });

  it('breaks I4 where the reader was not told', () => {
    const hand = lossy().begins('e2', 0, asked).publishes(3, 'e2', 1).gets(3, 'e2', 1);
    expect(brokenIn(hand.history(again, { isForgetful: true }))).toContain('I4');
  });

  it('takes what one of the gateways still shows of the epoch before for that, and not for a third one', () => {
    const hand = lossy()
      .publishes(3, 'e2', 1)
      .gets(2)
      .begins('e2', 0, { ...asked, seqNo: 2, messageId: 'm-2' });
    const history = hand.isTold(2).gets(3, 'e2', 1).history(again, { isForgetful: true });
    expect(told(history).filter((line) => line.startsWith('lost'))).toEqual(['lost e1']);
    expect(brokenIn(history)).toEqual([]);
  });
});

describe('a chronicle', () => {
  it('tells when something is so, and what is waited for where it never is', async () => {
    const { chronicle } = new Hand();
    let isSo = false;
    const waited = chronicle.until('nothing comes', () => isSo);
    chronicle.write({ kind: 'phase', phase: 'safety' });
    isSo = true;
    chronicle.write({ kind: 'phase', phase: 'liveness' });
    await waited;
    await chronicle.until('it is so already', () => true);
  });

  it('holds nothing of what happens after its end', () => {
    const { chronicle } = new Hand().begins();
    const { length } = chronicle.events;
    chronicle.close();
    chronicle.write({ kind: 'phase', phase: 'end' });
    expect(chronicle.events).toHaveLength(length);
  });
});
