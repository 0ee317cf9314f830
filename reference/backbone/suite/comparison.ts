/** A backbone and the model side by side: each step is done to both, and everything that can be asked is compared. */

import { type Limits, limitsWith, ProtocolError } from '@micro-socket/protocol';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Backbone, Entry, PublishRequest, PublishResult } from '../src/index.ts';
import { stored } from './harness.ts';
import type { Hearing } from './hearing.ts';
import { type Answer, Model } from './model.ts';
import { type Publishing, type Step, TOPICS } from './steps.ts';
import type { Subject, Trial } from './trial.ts';

export interface Plan {
  readonly limits: fc.Arbitrary<Partial<Limits>>;
  readonly steps: fc.Arbitrary<Step[]>;
  /** How many sequences it is worth. */
  readonly count: number;
  /** Through how many backbones at one store the steps are taken, in turn. */
  readonly gateways?: number;
}

/** Takes many sequences of steps. */
export async function compare(trial: Trial, { limits, steps, count, gateways = 1 }: Plan): Promise<void> {
  await trial.property(count, fc.tuple(limits, steps), async ([limits, steps]) => {
    const subject = await trial.make(limits);
    const backbones = [subject.backbone];
    while (backbones.length < gateways) backbones.push(await subject.another());
    const comparison = new Comparison({ trial, subject, backbones, model: new Model(limitsWith(limits)) });
    for (const step of steps) await comparison.take(step);
    await comparison.leaveAll();
  });
}

interface ComparisonOptions {
  readonly trial: Trial;
  readonly subject: Subject;
  readonly backbones: readonly Backbone[];
  readonly model: Model;
}

interface Listening {
  readonly hearing: Hearing;
  /** What it has to hear, as the `by` of each message. */
  readonly expected: string[];
}

class Comparison {
  readonly #trial: Trial;
  readonly #subject: Subject;
  readonly #model: Model;
  #backbones: readonly Backbone[];
  /** What was stored where: each stored message is told by `by`, which is no content. */
  readonly #results = new Map<string | undefined, PublishResult>();
  readonly #listening = new Map<string, Listening[]>();
  #steps = 0;

  constructor({ trial, subject, backbones, model }: ComparisonOptions) {
    this.#trial = trial;
    this.#subject = subject;
    this.#model = model;
    this.#backbones = backbones;
  }

  async take(step: Step): Promise<void> {
    this.#steps += 1;
    if (step.step === 'publish') await this.#publish(step);
    else if (step.step === 'wait') await this.#subject.clock.advance(step.ms);
    else if (step.step === 'listen') await this.#listen(step.topic);
    else if (step.step === 'unlisten') await this.#unlisten(step.topic);
    else await this.#restart();
    for (const topic of TOPICS) await this.#compare(topic);
  }

  /** Ends all subscriptions, each of which has to have heard everything. */
  async leaveAll(): Promise<void> {
    for (const topic of TOPICS) while ((this.#listening.get(topic)?.length ?? 0) > 0) await this.#unlisten(topic);
  }

  /** The backbone through which this step is taken. */
  get #backbone(): Backbone {
    return this.#backbones[this.#steps % this.#backbones.length] as Backbone;
  }

  async #publish({ step: _, expects, ...fields }: Publishing): Promise<void> {
    const request: PublishRequest = { ...fields, by: `by${this.#steps}` };
    const head = await this.#backbone.head(request.topic);
    const expectSeqNo = { nothing: undefined, 'the head': head.seqNo, 'another place': head.seqNo + 1 }[expects];
    const outcome = await this.#backbone.publish({ ...request, expectSeqNo }).catch((error: unknown) => error);
    const answer = this.#model.publish(request, this.#subject.clock.now(), expects !== 'another place');
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
    for (const { expected } of this.#listening.get(request.topic) ?? []) expected.push(`${request.by}`);
  }

  async #listen(topic: string): Promise<void> {
    const joining = this.#trial.listen(this.#backbone, topic);
    if (!this.#model.listen(topic)) {
      await expect(joining).rejects.toMatchObject({ code: 'OVERLOADED' });
      return;
    }
    const listening = this.#listening.get(topic) ?? [];
    listening.push({ hearing: await joining, expected: [] });
    this.#listening.set(topic, listening);
  }

  async #unlisten(topic: string): Promise<void> {
    const last = this.#listening.get(topic)?.pop();
    if (last === undefined) return;
    const { hearing, expected } = last;
    await hearing.heard(expected.length);
    hearing.close();
    expect(hearing.entries.map(({ by }) => by)).toEqual(expected);
    this.#model.unlisten(topic);
  }

  /** Whoever listened has to come again. */
  async #restart(): Promise<void> {
    this.#backbones = [await this.#subject.restart()];
    for (const [topic, listening] of this.#listening) for (const _ of listening.splice(0)) this.#model.unlisten(topic);
  }

  async #compare(topic: string): Promise<void> {
    const backbone = this.#backbone;
    const history = await stored(backbone, topic);
    const by = (messages: readonly { readonly by?: string | undefined }[]) => messages.map((message) => message.by);
    expect(by(history)).toEqual(by(this.#model.history(topic)));
    const { head, entries } = await backbone.snapshot(topic);
    expect(by(entries)).toEqual(by(this.#model.state(topic, this.#subject.clock.now())));
    if (history.length === 0) return;

    expect(head).toEqual(positionOf(history.at(-1)));
    const tail = await backbone.tail(topic, 2);
    expect(tail.entries).toEqual(history.slice(-2));
    expect(tail.head).toEqual(head);
    expect(tail.before.seqNo).toBe(tail.entries[0]?.prevSeqNo);
    for (const entry of history) expect(await backbone.anchor(topic, positionOf(entry))).toBe(true);
    const oldest = history[0];
    for (const { position } of this.#results.values()) {
      if (position.epoch !== head.epoch || position.seqNo >= (oldest?.seqNo ?? 0)) continue;
      expect(await backbone.anchor(topic, position)).toBe(false);
    }
  }
}

function positionOf(entry: Entry | undefined) {
  return { epoch: entry?.epoch ?? '', seqNo: entry?.seqNo ?? 0, messageId: entry?.messageId };
}
