import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { Client, type Gap, type Message } from '../src/index.ts';
import { type Faults, ModelGateway, NO_FAULTS, TOPIC } from './support/model-gateway.ts';
import { settled } from './support/settled.ts';

type Step =
  | { readonly do: 'publish'; readonly count: number; readonly step: number }
  | { readonly do: 'beacon' | 'lag' | 'epoch' }
  | { readonly do: 'cut'; readonly code: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'give-up'; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      count: fc.integer({ min: 1, max: 12 }),
      step: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'beacon' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15_000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), code: fc.constantFrom(1006, 4100, 4200) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('give-up' as const), count: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'lag' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'epoch' as const }) },
);

const faults: fc.Arbitrary<Faults> = fc.record({
  loses: fc.constantFrom(0, 0, 5, 20, 50),
  repeats: fc.constantFrom(0, 20),
  refusesSessions: fc.constantFrom(0, 30),
});

/** What the program saw, in the order in which it saw it. */
type Seen = { readonly message: Message } | { readonly loss: Gap };

function act(gateway: ModelGateway, clock: ManualClock, action: Step): Promise<void> {
  switch (action.do) {
    case 'publish':
      for (let count = 0; count < action.count; count++) gateway.publish(action.step);
      break;
    case 'beacon':
      gateway.beacon();
      break;
    case 'lag':
      gateway.lag();
      break;
    case 'epoch':
      gateway.beginEpoch();
      break;
    case 'cut':
      gateway.cut(action.code);
      break;
    case 'give-up':
      gateway.giveUp(action.count);
      break;
    case 'wait':
      return clock.advance(action.ms);
  }
  return clock.settle();
}

/** Every message that was stored after `from` and before `before`, both positions of one epoch. */
function missing(gateway: ModelGateway, epoch: string, from: number, before: number): number[] {
  const log = gateway.logs.find((one) => one.epoch === epoch);
  return (log?.messages ?? []).map(({ seqNo }) => seqNo).filter((seqNo) => seqNo > from && seqNo < before);
}

/** I3 and D5: strictly rising inside an epoch, and every hole told before and with the message after it. */
function checkOrder(gateway: ModelGateway, seen: readonly Seen[]): void {
  let last = { epoch: 'e0', seqNo: 0 };
  let told: Gap[] = [];
  for (const one of seen) {
    if ('loss' in one) {
      told.push(one.loss);
      continue;
    }
    const { epoch, seqNo, gap, data } = one.message;
    expect(data).toEqual({ seqNo });
    if (epoch === last.epoch) {
      expect(seqNo).toBeGreaterThan(last.seqNo);
      const hole = missing(gateway, epoch, last.seqNo, seqNo);
      if (hole.length > 0) {
        expect(gap).toMatchObject({ afterSeqNo: last.seqNo });
        expect(gap?.epochChanged || (gap?.beforeSeqNo ?? 0) > (hole.at(-1) ?? 0)).toBe(true);
        expect(told.length).toBeGreaterThan(0);
      }
    } else {
      expect(Number(epoch.slice(1))).toBeGreaterThan(Number(last.epoch.slice(1)));
      expect(gap).toMatchObject({ afterSeqNo: last.seqNo, epochChanged: true });
      expect(told.some(({ epochChanged }) => epochChanged)).toBe(true);
    }
    last = { epoch, seqNo };
    told = [];
  }
}

async function live(seed: number, chances: Faults, steps: readonly Step[], holdMessagesMax: number) {
  const clock = new ManualClock();
  const gateway = new ModelGateway(clock, seededRandom(seed));
  const client = new Client({ dial: gateway.dial, clock, random: seededRandom(seed + 1) });
  await settled(clock, client.open());
  const seen: Seen[] = [];
  const subscribing = client.subscribe(TOPIC, {
    checksum: true,
    holdMessagesMax,
    onMessage: (message) => void seen.push({ message }),
    onLoss: (loss) => void seen.push({ loss }),
  });
  const subscription = await settled(clock, subscribing);
  gateway.faults = chances;
  for (const action of steps) await act(gateway, clock, action);
  gateway.faults = NO_FAULTS;
  // Whatever waits for a timer has its time, and then the topic goes on.
  await clock.advance(60_000);
  gateway.beacon();
  await clock.advance(60_000);
  gateway.publish(1);
  await clock.settle();
  return { clock, gateway, client, subscription, seen };
}

describe('a client of a gateway that loses and repeats frames and cuts connections', () => {
  it('gives messages in order, at most once, tells every hole, and reaches the head when faults stop (I2, I3, I4, D5)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        faults,
        fc.array(step, { maxLength: 30 }),
        fc.constantFrom(2, 1_024),
        async (seed, chances, steps, holdMessagesMax) => {
          const { clock, gateway, client, subscription, seen } = await live(seed, chances, steps, holdMessagesMax);
          checkOrder(gateway, seen);
          expect(subscription.position).toMatchObject({ epoch: gateway.log.epoch, seqNo: gateway.headSeqNo });
          expect(client.stats().checksumFailures).toBe(0);
          await settled(clock, client.close());
          expect(clock.timerCount).toBe(0);
        },
      ),
      { numRuns: runs(150) },
    );
  });

  it('tells nothing and misses nothing while the history is kept and only connections are lost (I6)', async () => {
    const quiet = step.filter((action) => action.do !== 'give-up' && action.do !== 'epoch');
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(quiet, { maxLength: 30 }), async (seed, steps) => {
        const { gateway, seen } = await live(seed, { ...NO_FAULTS, refusesSessions: 30 }, steps, 1_024);
        const given = seen.map((one) => ('message' in one ? one.message.seqNo : one.loss));
        expect(given).toEqual(gateway.log.messages.map(({ seqNo }) => seqNo));
      }),
      { numRuns: runs(100) },
    );
  });

  it('fills what was lost on the way, as long as the history is kept', async () => {
    const lossy = step.filter((action) => action.do === 'publish' || action.do === 'beacon' || action.do === 'wait');
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(lossy, { maxLength: 20 }), async (seed, steps) => {
        const clock = new ManualClock();
        const gateway = new ModelGateway(clock, seededRandom(seed));
        const client = new Client({ dial: gateway.dial, clock, random: seededRandom(seed + 1) });
        await settled(clock, client.open());
        const given: number[] = [];
        const losses: Gap[] = [];
        const options = {
          onMessage: ({ seqNo }: Message) => given.push(seqNo),
          onLoss: (gap: Gap) => losses.push(gap),
        };
        await settled(clock, client.subscribe(TOPIC, options));
        for (const action of steps) {
          // Live messages are lost; what is asked for again comes.
          gateway.faults = { ...NO_FAULTS, loses: action.do === 'publish' ? 40 : 0 };
          if (action.do === 'publish') for (let count = 0; count < action.count; count++) gateway.publish(action.step);
          gateway.faults = NO_FAULTS;
          if (action.do !== 'publish') await act(gateway, clock, action);
        }
        gateway.beacon();
        await clock.settle();
        expect(given).toEqual(gateway.log.messages.map(({ seqNo }) => seqNo));
        expect(losses).toEqual([]);
      }),
      { numRuns: runs(100) },
    );
  });
});
