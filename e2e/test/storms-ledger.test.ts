/** What the account of a round finds in what is read back. */

import type { StoredMessage } from '@micro-socket/client';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../src/storms/ledger.ts';

const TOPIC = 'storm.r1-a';
const EPOCH = 'e1';
const CLIENT = 'publisher-1';

/** A message as it is stored when all is well. */
function stored(n: number, change: Partial<StoredMessage> = {}): StoredMessage {
  const [messageId, data] = [`m-${n}`, { n }];
  return {
    topic: TOPIC,
    epoch: EPOCH,
    seqNo: n,
    prevSeqNo: n - 1,
    messageId,
    data,
    by: CLIENT,
    time: 1_000,
    ...change,
  };
}

/** A ledger of messages that were published one after the other, and acknowledged where they stand. */
function ledgerOf(count: number, ordered = true): Ledger {
  const ledger = new Ledger();
  for (let n = 1; n <= count; n++) publish(ledger, n, { ordered, position: n });
  return ledger;
}

function publish(
  ledger: Ledger,
  n: number,
  { ordered = true, position, epoch = EPOCH }: { ordered?: boolean; position?: number; epoch?: string },
): void {
  const call = { client: CLIENT, topic: TOPIC, messageId: `m-${n}`, call: n };
  ledger.called({ ...call, data: { n }, key: undefined, ordered });
  if (position !== undefined) ledger.acknowledged(call, 'ok', { epoch, seqNo: position });
}

function problemsIn(ledger: Ledger, entries: readonly StoredMessage[], isForgetful = false) {
  return ledger.audit(TOPIC, entries, isForgetful).problems;
}

const THREE = [stored(1), stored(2), stored(3)];

describe('the account of a round', () => {
  it('finds nothing where everything is there', () => {
    expect(ledgerOf(3).audit(TOPIC, THREE, false)).toEqual({ problems: [], lost: 0, forgotten: 0 });
  });

  it('finds nothing in a message of which nobody knows whether it was stored', () => {
    const ledger = ledgerOf(2);
    publish(ledger, 3, {});
    expect(problemsIn(ledger, THREE)).toEqual([]);
    expect(problemsIn(ledger, THREE.slice(0, 2))).toEqual([]);
  });

  it.each<[string, readonly StoredMessage[], RegExp]>([
    ['a lost message', [stored(1), stored(3, { prevSeqNo: 1 })], /^Lost: m-2 .*not there/],
    ['the loss of everything', [], /^Lost: .*There is nothing at all/],
    [
      'a message at another place',
      [stored(1), stored(2), stored(3, { seqNo: 9, prevSeqNo: 2 })],
      /^Lost: m-3 .*at e1\/9/,
    ],
    ['a changed message', [stored(1), stored(2, { data: { n: 7 } }), stored(3)], /^Changed: m-2/],
    ['a key that nobody gave', [stored(1), stored(2, { key: 'k' }), stored(3)], /^Changed: m-2/],
    ['another publisher', [stored(1), stored(2, { by: 'publisher-2' }), stored(3)], /^Misnamed: m-2/],
    [
      'a message that is there twice',
      [...THREE, stored(2, { seqNo: 4, prevSeqNo: 3 })],
      /^Twice: m-2 .* at 2 and at 4/,
    ],
    ['a message that nobody published', [...THREE, stored(4)], /^Invented: m-4/],
    ['a hole', [stored(1), stored(2), stored(3, { prevSeqNo: 1 })], /^Hole: 3 .*says that 1 is before it, and 2 is/],
    ['a second epoch', [stored(1), stored(2), stored(3, { epoch: 'e2' })], /^Two epochs/],
  ])('finds %s (I2, I3, I4, I7)', (_, entries, problem) => {
    const problems = problemsIn(ledgerOf(3), entries);
    expect(problems.filter((text) => problem.test(text))).not.toEqual([]);
  });

  it('counts what is lost', () => {
    expect(ledgerOf(3).audit(TOPIC, [stored(1)], false).lost).toBe(2);
  });

  it('finds a message that was delivered and is not there any more (I4)', () => {
    const ledger = ledgerOf(3);
    ledger.delivered({ topic: TOPIC, epoch: EPOCH, seqNo: 4, messageId: 'm-4', by: CLIENT });
    expect(problemsIn(ledger, THREE)).toEqual([expect.stringMatching(/^Taken back: m-4 .* at e1\/4/)]);
  });

  it('takes what went with an earlier epoch of a backbone that keeps nothing for forgotten, and only that (I4)', () => {
    const ledger = ledgerOf(2);
    publish(ledger, 3, { position: 1, epoch: 'e2' });
    publish(ledger, 4, { position: 2, epoch: 'e2' });
    const entries = [stored(3, { epoch: 'e2', seqNo: 1, prevSeqNo: 0 })];
    expect(ledger.audit(TOPIC, entries, true)).toMatchObject({ lost: 1, forgotten: 2 });
    expect(ledger.audit(TOPIC, entries, false)).toMatchObject({ lost: 3, forgotten: 0 });
  });
});

describe('the order of a publisher', () => {
  const swapped = [stored(2, { seqNo: 1, prevSeqNo: 0 }), stored(1, { seqNo: 2, prevSeqNo: 1 })];

  function unanswered(ordered: boolean): Ledger {
    const ledger = new Ledger();
    publish(ledger, 1, { ordered, position: 2 });
    publish(ledger, 2, { ordered, position: 1 });
    return ledger;
  }

  it.each([true, false])('is kept (I3), one at a time: %s', (ordered) => {
    expect(problemsIn(unanswered(ordered), swapped)).toEqual([expect.stringMatching(/^Out of order: m-1 .* call 1/)]);
  });

  it('is kept through refusals by those only that send one at a time (§4.4)', () => {
    for (const ordered of [true, false]) {
      const ledger = unanswered(ordered);
      ledger.refused(CLIENT, 'UNAVAILABLE');
      expect(problemsIn(ledger, swapped)).toHaveLength(ordered ? 1 : 0);
      const unseen = unanswered(ordered);
      unseen.mayHaveRefused(CLIENT);
      expect(problemsIn(unseen, swapped)).toHaveLength(ordered ? 1 : 0);
    }
  });

  it('is not lost by a conflict, after which nothing is sent again', () => {
    const ledger = unanswered(false);
    ledger.refused(CLIENT, 'MESSAGE_ID_CONFLICT');
    expect(problemsIn(ledger, swapped)).toHaveLength(1);
  });

  it('says nothing of a message that its publisher has given up', () => {
    const ledger = new Ledger();
    publish(ledger, 1, {});
    ledger.failed({ client: CLIENT, topic: TOPIC, messageId: 'm-1', call: 1 }, 'PUBLISH_TIMEOUT');
    publish(ledger, 2, { position: 1 });
    expect(problemsIn(ledger, swapped)).toEqual([]);
  });

  it('goes by the call that has put a message there, which a repeat may be', () => {
    const ledger = new Ledger();
    publish(ledger, 1, { position: 5, epoch: 'e0' });
    publish(ledger, 2, { position: 1 });
    const repeat = { client: CLIENT, topic: TOPIC, messageId: 'm-1', call: 3 };
    ledger.called({ ...repeat, data: { n: 1 }, key: undefined, ordered: true });
    ledger.acknowledged(repeat, 'ok', { epoch: EPOCH, seqNo: 2 });
    expect(problemsIn(ledger, swapped, true)).toEqual([]);
  });
});
