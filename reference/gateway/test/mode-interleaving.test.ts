import type { Position, SubscriptionMode } from '@micro-socket/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import type { Peer, Wish } from './support/peer.ts';
import { World } from './support/world.ts';

const KEYS = ['x', 'y', 'z'];

/** What was published, by seqNo - 1. */
interface Published {
  readonly messageId: string;
  readonly key: string;
  readonly value: number | null;
}

type Step =
  | { readonly do: 'publish'; readonly keys: readonly number[]; readonly remove: boolean }
  | { readonly do: 'subscribe'; readonly who: number; readonly from: number }
  | { readonly do: 'unsubscribe' | 'pause' | 'resume' | 'reconnect' | 'confirm' | 'modify'; readonly who: number }
  | { readonly do: 'advance'; readonly ms: number };

/** One member of each kind; each keeps its mode, so that one checker can go through all that it was told. */
const MEMBERS: readonly Wish[] = [
  { mode: 'stream' },
  { mode: 'stream', onGap: 'snapshot' },
  { mode: 'stream', confirmWindow: 3 },
  { mode: 'latest' },
  { mode: 'latest', maxRateHz: 2 },
  { mode: 'keyed' },
  { mode: 'keyed', maxRateHz: 1 },
  { mode: 'volatile' },
];

const who = fc.integer({ min: 0, max: MEMBERS.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      keys: fc.array(fc.integer({ min: 0, max: KEYS.length - 1 }), { minLength: 1, maxLength: 6 }),
      remove: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('subscribe' as const), who, from: fc.integer({ min: 0, max: 3 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('unsubscribe', 'pause', 'resume', 'reconnect', 'reconnect', 'confirm', 'modify'),
      who,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(0, 0, 10, 400, 3_000) }),
  },
);

/** A client of one mode, as a program would be: it knows where it stands and checks all that it is told. */
class Member {
  readonly #world: World;
  readonly #wish: Wish;
  readonly #log: readonly Published[];
  peer!: Peer;
  #seen = 0;
  #subscribed = false;
  /** The last message that it was given, or where it was told that it stands. */
  #position: Position | undefined;
  readonly #state = new Map<string, number>();
  #newest: number | null | undefined;

  constructor(world: World, wish: Wish, log: readonly Published[]) {
    this.#world = world;
    this.#wish = wish;
    this.#log = log;
  }

  get mode(): SubscriptionMode {
    return this.#wish.mode as SubscriptionMode;
  }

  async connect(): Promise<void> {
    this.peer = await this.#world.ready({ highWaterBytes: 300, encoding: this.mode === 'keyed' ? 'msgpack' : 'json' });
    this.#seen = 0;
    this.#subscribed = false;
  }

  /** A lost connection, and a new one that goes on where the old one stopped. */
  async reconnect(): Promise<void> {
    this.check();
    const wasSubscribed = this.#subscribed;
    this.peer.leave(1006);
    await this.connect();
    if (wasSubscribed) this.subscribe(3);
  }

  subscribe(from: number): void {
    const beginnings = ['live', 'snapshot', { last: 5 }, this.#position ?? 'live'] as const;
    this.peer.subscribe('a', { ...this.#wish, from: beginnings[from] as NonNullable<Wish['from']> });
  }

  confirm(): void {
    this.check();
    if (this.#subscribed && this.#position !== undefined) {
      this.peer.send({ type: 'confirm', topic: 'a', seqNo: this.#position.seqNo });
    }
  }

  modify(): void {
    if (this.#wish.maxRateHz !== undefined) this.peer.request({ type: 'modify', topic: 'a', maxRateHz: 5 });
  }

  /** Goes through what has come since the last check. */
  check(): void {
    const frames = this.peer.frames.slice(this.#seen);
    this.#seen = this.peer.frames.length;
    for (const frame of frames) {
      switch (frame.type) {
        case 'subscribed': {
          const { epoch, seqNo, messageId, recovered } = frame;
          expect(messageId, 'the position that is told is one of the log').toBe(this.#log[seqNo - 1]?.messageId);
          if (recovered === 'full') expect(seqNo, 'I6: full goes on at its own position').toBe(this.#position?.seqNo);
          else this.#forget();
          this.#position = messageId === undefined ? { epoch, seqNo } : { epoch, seqNo, messageId };
          this.#subscribed = true;
          break;
        }
        case 'message':
          this.#take(frame.seqNo, frame.prevSeqNo, frame.messageId, frame.data as number | null);
          break;
        case 'snapshot':
          if (this.#position !== undefined && frame.seqNo > this.#position.seqNo) this.#forget();
          for (const { seqNo, key = '', data } of frame.entries) {
            expect(data).toBe(this.#log[seqNo - 1]?.value);
            this.#state.set(key, data as number);
            this.#newest = data as number;
          }
          this.#position = { ...(this.#position as Position), ...this.#at(frame.seqNo) };
          break;
        case 'lagged':
          expect(this.mode, 'only a stream can be told that it lost something').toBe('stream');
          expect(frame.fromSeqNo, 'D5: the loss begins after the last message').toBe(this.#position?.seqNo);
          expect(frame.toSeqNo).toBeGreaterThan(frame.fromSeqNo);
          break;
        case 'unsubscribed':
          this.#subscribed = false;
          break;
        case 'live':
          expect(frame.seqNo, 'live comes after what it covers').toBeLessThanOrEqual(this.#position?.seqNo as number);
          break;
        default:
          break;
      }
    }
  }

  /** When the faults have stopped: everyone who is subscribed has what its mode promises. */
  checkAtRest(): void {
    this.check();
    if (!this.#subscribed) return;
    const head = this.#log.length;
    if (this.mode === 'volatile') return;
    expect(this.#position?.seqNo, `liveness: ${this.mode} reaches the head`).toBe(head);
    if (this.mode === 'latest' && this.#newest !== undefined) {
      expect(this.#newest, 'latest shows the newest value').toBe(this.#log[head - 1]?.value);
    }
    if (this.mode !== 'keyed') return;
    for (const [key, value] of this.#state) {
      const newest = this.#log.findLast((message) => message.key === key);
      expect(value, `keyed shows the newest value of ${key}`).toBe(newest?.value);
    }
  }

  #take(seqNo: number, prevSeqNo: number, messageId: string, value: number | null): void {
    const last = this.#position?.seqNo as number;
    expect(seqNo, 'I3: rising').toBeGreaterThan(last);
    if (this.mode === 'stream') expect(prevSeqNo, 'I4, I6: no hole').toBe(last);
    expect(messageId, 'I7: the message of the log').toBe(this.#log[seqNo - 1]?.messageId);
    expect(value).toBe(this.#log[seqNo - 1]?.value);
    const { key } = this.#log[seqNo - 1] as Published;
    if (value === null) this.#state.delete(key);
    else this.#state.set(key, value);
    this.#newest = value;
    this.#position = { ...(this.#position as Position), ...this.#at(seqNo) };
  }

  #at(seqNo: number): Pick<Position, 'seqNo' | 'messageId'> {
    const messageId = this.#log[seqNo - 1]?.messageId;
    return messageId === undefined ? { seqNo } : { seqNo, messageId };
  }

  #forget(): void {
    this.#state.clear();
    this.#newest = undefined;
  }
}

async function play(steps: readonly Step[], limits: Record<string, number>): Promise<void> {
  const world = new World({ limits: { heartbeatMs: 600_000, headIntervalMs: 1_000, ...limits } });
  const log: Published[] = [];
  const members = MEMBERS.map((wish) => new Member(world, wish, log));
  for (const member of members) await member.connect();
  for (const now of steps) {
    if (now.do === 'publish') {
      for (const at of now.keys) {
        const key = KEYS[at] as string;
        const value = now.remove ? null : log.length;
        const messageId = `m${log.length + 1}`;
        log.push({ messageId, key, value });
        world.publish(messageId, 'a', value, { key });
      }
    } else if (now.do === 'advance') {
      await world.clock.advance(now.ms);
    } else {
      const member = members[now.who] as Member;
      if (now.do === 'subscribe') member.subscribe(now.from);
      else if (now.do === 'reconnect') await member.reconnect();
      else if (now.do === 'confirm') member.confirm();
      else if (now.do === 'modify') member.modify();
      else if (now.do === 'unsubscribe') member.peer.unsubscribe('a');
      else member.peer[now.do]();
    }
  }
  for (const member of members) member.peer.resume();
  for (let round = 0; round < log.length + 2; round++) {
    await world.settle();
    for (const member of members) member.confirm();
  }
  await world.clock.advance(11_000);
  for (const member of members) member.confirm();
  await world.clock.advance(11_000);
  for (const member of members) member.checkAtRest();
  expect(world.internalErrors).toEqual([]);

  for (const { peer } of members) peer.leave();
  await world.settle();
  expect(world.gateway.stats()).toMatchObject({ subscriptions: 0, subSockets: 0, connections: 0 });
  await world.clock.advance(20_000);
  expect(world.clock.timerCount).toBe(0);
}

describe('any interleaving of publish, subscribe, pause, reconnect and confirm, in every mode (I3, I4, I6)', () => {
  it.each([
    ['everything fits', {}],
    ['the ring is short', { ringLengthMax: 4, batchBytesMax: 300 }],
    ['ring and history are short', { ringLengthMax: 3, historyLengthMax: 6, batchBytesMax: 200 }],
  ])('gives every member what its mode promises, or tells it: %s', async (_what, limits) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => play(steps, limits)),
      { numRuns: runs(60) },
    );
  });
});
