import { type Limits, limitsWith } from '@micro-socket/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { DedupWindow } from '../../src/parts/dedup-window.ts';
import { Fifo } from '../../src/parts/fifo.ts';
import { request } from '../../suite/harness.ts';

const LIMITS: Partial<Limits> = { dedupWindowMs: 100, dedupEntriesMax: 8, dedupEntriesPerPublisherMax: 5 };

const publishing = fc.record({
  messageId: fc.integer({ min: 0, max: 6 }).map((number) => `m${number}`),
  publisher: fc.constantFrom('ann', 'bob'),
  payload: fc.constantFrom(1, 2),
  waitMs: fc.constantFrom(0, 0, 10, 60),
});

/** What a window answers to a publish; it is remembered where it may be. */
function take(window: DedupWindow, { messageId, publisher, payload }: PublishingStep, now: number) {
  const asked = request(messageId, { publisher, payload });
  const found = window.find(asked, now);
  if (found !== undefined) return found;
  try {
    window.requireRoom(publisher, now);
  } catch (error) {
    const { message, afterMs } = error as { message: string; afterMs: number };
    return { message, afterMs };
  }
  return window.commit(asked, { epoch: 'e', seqNo: now, messageId }, now);
}

type PublishingStep = typeof publishing extends fc.Arbitrary<infer Value> ? Value : never;

describe('a dedup window of which ids are taken back', () => {
  it('answers as one that never had them (I2)', () => {
    const steps = fc.array(fc.tuple(fc.array(publishing, { minLength: 1, maxLength: 6 }), fc.boolean()), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(steps, (batches) => {
        const limits = limitsWith(LIMITS);
        const [window, twin] = [new DedupWindow(limits), new DedupWindow(limits)];
        let now = 0;
        for (const [batch, fails] of batches) {
          const answers = batch.map((step) => {
            now += step.waitMs;
            return [step, now, take(window, step, now)] as const;
          });
          if (fails) window.takeBack(answers.filter(([, , answer]) => typeof answer === 'number').length);
          else for (const [step, at, answer] of answers) expect(take(twin, step, at)).toEqual(answer);
        }
        for (let id = 0; id <= 6; id++) {
          const asked = request(`m${id}`, { payload: 1 });
          expect(window.find(asked, now)).toEqual(twin.find(asked, now));
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('a dedup window that takes up the ids of one before it', () => {
  it('answers as that one would (I2)', () => {
    fc.assert(
      fc.property(fc.array(publishing, { maxLength: 30 }), fc.array(publishing, { maxLength: 10 }), (before, after) => {
        const limits = limitsWith(LIMITS);
        const first = new DedupWindow(limits);
        const second = new DedupWindow(limits);
        let now = 0;
        for (const step of before) {
          now += step.waitMs;
          const answer = take(first, step, now);
          if (typeof answer !== 'number') continue;
          second.restore(
            request(step.messageId, step),
            { epoch: 'e', seqNo: now, messageId: step.messageId },
            answer,
            now,
          );
        }
        for (const step of after) {
          now += step.waitMs;
          expect(take(second, step, now)).toEqual(take(first, step, now));
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('Fifo', () => {
  it('gives its newest item back, wherever its oldest stands', () => {
    const moves = fc.array(fc.constantFrom('push', 'push', 'push', 'pop', 'shift'), { maxLength: 200 });
    fc.assert(
      fc.property(moves, (moves) => {
        const fifo = new Fifo<number>();
        const items: number[] = [];
        for (const [at, move] of moves.entries()) {
          if (move === 'push') {
            fifo.push(at);
            items.push(at);
          } else expect(fifo[move === 'pop' ? 'pop' : 'shift']()).toBe(items[move === 'pop' ? 'pop' : 'shift']());
          expect(fifo.slice(0, fifo.length)).toEqual(items);
          expect([fifo.length, fifo.oldest]).toEqual([items.length, items[0]]);
        }
      }),
      { numRuns: runs(100) },
    );
  });
});
