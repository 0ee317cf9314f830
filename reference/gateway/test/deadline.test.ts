import { expect, it } from 'vitest';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { Deadline } from '../src/core/deadline.ts';

const MONTH_MS = 30 * 86_400_000;

it('a deadline may lie further away than a timer reaches, and comes once', async () => {
  const clock = new ManualClock();
  let calls = 0;
  const deadline = new Deadline(clock, clock.now() + MONTH_MS, () => {
    calls += 1;
  });
  await clock.advance(MONTH_MS - 1);
  expect([calls, deadline.hasPassed]).toEqual([0, false]);
  await clock.advance(1);
  expect([calls, deadline.hasPassed]).toEqual([1, true]);
  expect(clock.timerCount).toBe(0);
});

it('a deadline that was cancelled never comes, and leaves no timer', async () => {
  const clock = new ManualClock();
  const deadline = new Deadline(clock, clock.now() + MONTH_MS, () => expect.unreachable());
  await clock.advance(2_147_483_647);
  deadline.cancel();
  expect(clock.timerCount).toBe(0);
  await clock.advance(MONTH_MS);
});
