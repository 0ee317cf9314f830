import { type Limits, limitsWith, ProtocolError } from '@micro-socket/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import type { Backbone, Entry, PublishRequest, PublishResult } from '../../src/index.ts';
import type { MakeBackbone } from './harness.ts';
import { type Answer, Model } from './model.ts';

const TOPICS = ['a', 'b', 'c'] as const;

const topic = fc.constantFrom(...TOPICS);

const publishing = fc.record({
  step: fc.constant('publish' as const),
  topic,
  publisher: fc.constantFrom('ann', 'bob'),
  messageId: fc.integer({ min: 0, max: 12 }).map((number) => `m${number}`),
  payload: fc.constantFrom(1, 1, 1, 2, null),
  key: fc.constantFrom(undefined, 'x', 'y', 'z', 'v', 'w'),
  ttlMs: fc.constantFrom(undefined, undefined, 5, 20, 60),
  ref: fc.constantFrom(undefined, undefined, undefined, 'm0'),
  sizeBytes: fc.integer({ min: 1, max: 40 }),
  expects: fc.constantFrom('nothing', 'nothing', 'the head', 'another place'),
});

const step = fc.oneof(
  { weight: 12, arbitrary: publishing },
  { weight: 3, arbitrary: fc.record({ step: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('listen' as const), topic }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('unlisten' as const), topic }) },
);

type Publishing = typeof publishing extends fc.Arbitrary<infer Value> ? Value : never;
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const smallLog = fc.record({
  historyLengthMax: fc.integer({ min: 1, max: 6 }),
  stateKeysMax: fc.integer({ min: 1, max: 4 }),
  dedupWindowMs: fc.integer({ min: 1, max: 100 }),
  dedupEntriesMax: fc.integer({ min: 1, max: 14 }),
  dedupEntriesPerPublisherMax: fc.integer({ min: 1, max: 10 }),
});

const smallEverything = fc
  .tuple(
    smallLog,
    fc.record({
      historyBytesMax: fc.integer({ min: 20, max: 200 }),
      topicsMax: fc.integer({ min: 1, max: 3 }),
    }),
  )
  .map(([log, rest]) => ({ ...log, ...rest, dedupEntriesMax: 1_000, dedupEntriesPerPublisherMax: 1_000 }));

/** A backbone and the model side by side: each step is done to both, and everything that can be asked is compared. */
class Comparison {
  readonly #backbone: Backbone;
  readonly #clock: ReturnType<MakeBackbone>['clock'];
  readonly #model: Model;
  /** What was stored where: each stored message is told by `by`, which is no content. */
  readonly #results = new Map<string | undefined, PublishResult>();
  readonly #closes = new Map<string, (() => void)[]>();
  readonly #heard = new Map<string, string[]>();
  #steps = 0;

  constructor(make: MakeBackbone, limits: Partial<Limits>) {
    ({ backbone: this.#backbone, clock: this.#clock } = make(limits));
    this.#model = new Model(limitsWith(limits));
  }

  async take(step: Step): Promise<void> {
    this.#steps += 1;
    if (step.step === 'publish') await this.#publish(step);
    else if (step.step === 'wait') await this.#clock.advance(step.ms);
    else if (step.step === 'listen') await this.#listen(step.topic);
    else this.#unlisten(step.topic);
    for (const topic of TOPICS) await this.#compare(topic);
  }

  async #publish({ step: _, expects, ...fields }: Publishing): Promise<void> {
    const request: PublishRequest = { ...fields, by: `by${this.#steps}` };
    const head = await this.#backbone.head(request.topic);
    const expectSeqNo = { nothing: undefined, 'the head': head.seqNo, 'another place': head.seqNo + 1 }[expects];
    const outcome = await this.#backbone.publish({ ...request, expectSeqNo }).catch((error: unknown) => error);
    const answer = this.#model.publish(request, this.#clock.now(), expects !== 'another place');
    this.#compareAnswer(request, answer, outcome);
  }

  #compareAnswer(request: PublishRequest, answer: Answer, outcome: unknown): void {
    if (answer.status === 'refused') {
      expect(outcome).toBeInstanceOf(ProtocolError);
      const { code, bound, afterMs } = answer;
      expect(outcome).toMatchObject({ code, ...(afterMs === undefined ? {} : { afterMs }) });
      if (bound !== undefined) expect((outcome as ProtocolError).message).toContain(`${bound} `);
      return;
    }
    if (outcome instanceof Error) throw outcome;
    if (answer.status === 'duplicate') {
      expect(outcome).toEqual({ ...this.#results.get(answer.of.by), status: 'duplicate' });
      return;
    }
    expect(outcome).toMatchObject({ status: 'ok', position: { messageId: request.messageId } });
    this.#results.set(request.by, outcome as PublishResult);
    this.#heard.get(request.topic)?.push(`${request.by}`);
  }

  async #listen(topic: string): Promise<void> {
    const heard: string[] = [];
    const subscribing = this.#backbone.subscribe(topic, ({ by }) => heard.push(`${by}`));
    if (!this.#model.listen(topic)) {
      await expect(subscribing).rejects.toMatchObject({ code: 'OVERLOADED' });
      return;
    }
    const { close } = await subscribing;
    // What the first listener of a topic hears is compared; the others are there to be counted.
    const expected: string[] = [];
    const closes = this.#closes.get(topic) ?? [];
    const isFirst = closes.length === 0;
    if (isFirst) this.#heard.set(topic, expected);
    closes.push(() => {
      close();
      if (isFirst) expect(heard).toEqual(expected);
    });
    this.#closes.set(topic, closes);
  }

  #unlisten(topic: string): void {
    // The newest first, so that the one whose entries are compared hears to the end.
    const close = this.#closes.get(topic)?.pop();
    if (close === undefined) return;
    close();
    this.#model.unlisten(topic);
    if (this.#closes.get(topic)?.length === 0) this.#heard.delete(topic);
  }

  async #compare(topic: string): Promise<void> {
    const stored = await this.#backbone.read(topic, { afterSeqNo: 0, limit: 1_000 });
    const by = (messages: readonly { readonly by?: string | undefined }[]) => messages.map((message) => message.by);
    expect(by(stored)).toEqual(by(this.#model.history(topic)));
    const { head, entries } = await this.#backbone.snapshot(topic);
    expect(by(entries)).toEqual(by(this.#model.state(topic, this.#clock.now())));
    if (stored.length === 0) return;

    expect(head).toEqual(positionOf(stored.at(-1)));
    const tail = await this.#backbone.tail(topic, 2);
    expect(tail.entries).toEqual(stored.slice(-2));
    expect(tail.head).toEqual(head);
    expect(tail.before.seqNo).toBe(tail.entries[0]?.prevSeqNo);
    for (const entry of stored) expect(await this.#backbone.anchor(topic, positionOf(entry))).toBe(true);
    const oldest = stored[0];
    for (const { position } of this.#results.values()) {
      if (position.epoch !== head.epoch || position.seqNo >= (oldest?.seqNo ?? 0)) continue;
      expect(await this.#backbone.anchor(topic, position)).toBe(false);
    }
  }
}

function positionOf(entry: Entry | undefined) {
  return { epoch: entry?.epoch ?? '', seqNo: entry?.seqNo ?? 0, messageId: entry?.messageId };
}

export function modelRules(make: MakeBackbone): void {
  describe('any sequence of steps has the results of the slow and obvious model', () => {
    const check = (limits: fc.Arbitrary<Partial<Limits>>, maxLength: number, numRuns: number) =>
      fc.assert(
        fc.asyncProperty(limits, fc.array(step, { maxLength, size: 'max' }), async (limits, steps) => {
          const comparison = new Comparison(make, limits);
          for (const step of steps) await comparison.take(step);
        }),
        { numRuns: runs(numRuns) },
      );

    it('log, state and dedup window, with small bounds (I2, I3, §5.6)', async () => {
      await check(smallLog, 60, 80);
    });

    it('and what is given up, and for whom, when bytes and topics run out (§8)', async () => {
      await check(smallEverything, 60, 120);
    });
  });
}
