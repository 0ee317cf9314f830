/**
 * A history written by hand, which is judged while it is told. It has one topic, a writer and a reader, unless it says
 * otherwise; the message at seqNo `n` is `m-n` with the payload `{ n }`.
 */

import type { JsonValue, Position } from '@micro-socket/protocol';
import { newCheckers } from '../../src/checkers/index.ts';
import type {
  DeliveredEvent,
  HistoryEvent,
  PublishEvent,
  RunEvent,
  SentEvent,
  StoredEvent,
  SubscribedEvent,
  SubscribeEvent,
  ToldGap,
} from '../../src/history.ts';
import type { Violation } from '../../src/violation.ts';

export const TOPIC = 'prices.eurusd';

export class Story {
  readonly violations: Violation[] = [];
  readonly events: HistoryEvent[] = [];
  readonly #checkers = newCheckers((violation) => this.violations.push(violation));
  /** Moves by itself by one with each event. */
  at = 1_000_000;
  #calls = 0;

  /** The rules that were broken, each with its invariant. */
  get broken(): readonly string[] {
    return this.violations.map(({ invariant, rule }) => `${invariant}: ${rule}`);
  }

  /** An event of any kind, at the next moment. */
  tell(event: Record<string, unknown> & { readonly kind: HistoryEvent['kind'] }): this {
    this.at += 1;
    const told = { at: this.at, ...event } as unknown as HistoryEvent;
    this.events.push(told);
    this.#checkers.take(told);
    return this;
  }

  wait(ms: number): this {
    this.at += ms;
    return this;
  }

  run(changes: Partial<RunEvent> = {}): this {
    return this.tell({
      kind: 'run',
      source: 'test',
      accessRecheckMs: 500,
      dedupWindowMs: 60_000,
      latencyObjectiveMs: 250,
      retentionMessagesMax: 10,
      clockSkewMsMax: 50,
      seesLog: true,
      seesWire: true,
      ...changes,
    });
  }

  /** A run with a writer who may publish, and a reader who may read and is connected. */
  begin(changes: Partial<RunEvent> = {}): this {
    return this.run(changes)
      .grant('writer', 'publish')
      .grant('reader', 'subscribe')
      .connect('writer')
      .connect('reader');
  }

  grant(principal: string, action: 'subscribe' | 'publish'): this {
    return this.tell({ kind: 'granted', principal, action, topic: TOPIC });
  }

  revoke(principal: string, action: 'subscribe' | 'publish'): this {
    return this.tell({ kind: 'revoked', principal, action, topic: TOPIC });
  }

  connect(client: string, more: Record<string, unknown> = {}): this {
    const of = { client, connection: `${client}-1`, gateway: 'gateway-1', principal: client };
    return this.tell({ kind: 'identified', ...of, sessionId: `session of ${client}`, resumed: false, ...more });
  }

  /** The writer's program calls publish; without a name the message is the next one. */
  call(messageId: string, more: Partial<PublishEvent> = {}): this {
    this.#calls += 1;
    const of = { client: 'writer', principal: 'writer', topic: TOPIC, messageId, call: this.#calls, ordered: false };
    return this.tell({ kind: 'publish', ...of, data: dataOf(messageId), ...more });
  }

  store(seqNo: number, more: Partial<StoredEvent> = {}): this {
    const messageId = more.messageId ?? `m-${seqNo}`;
    const of = { topic: TOPIC, epoch: 'e1', seqNo, prevSeqNo: seqNo - 1, messageId, publisher: 'writer' };
    return this.tell({ kind: 'stored', ...of, data: dataOf(messageId), time: this.at + 1, ...more });
  }

  /** The answer to a call, by its number; the newest one without. */
  answer(messageId: string, seqNo: number, more: Record<string, unknown> = {}): this {
    const of = { client: 'writer', topic: TOPIC, messageId, call: this.#calls };
    return this.tell({ kind: 'published', ...of, status: 'ok', position: place(seqNo, messageId), ...more });
  }

  refuse(messageId: string, code: string, more: Record<string, unknown> = {}): this {
    return this.tell({
      kind: 'publish-failed',
      client: 'writer',
      topic: TOPIC,
      messageId,
      call: this.#calls,
      code,
      ...more,
    });
  }

  /** Publishes, stores and answers the messages from one seqNo to another. */
  put(from: number, to = from, more: Partial<StoredEvent> = {}): this {
    for (let seqNo = from; seqNo <= to; seqNo++) {
      const id = more.messageId ?? `m-${seqNo}`;
      const content = {
        ...('data' in more ? { data: more.data as JsonValue } : {}),
        ...(more.key === undefined ? {} : { key: more.key }),
      };
      this.call(id, content)
        .store(seqNo, more)
        .answer(id, seqNo, more.epoch === undefined ? {} : { position: { epoch: more.epoch, seqNo, messageId: id } });
    }
    return this;
  }

  subscribe(mode: SubscribeEvent['mode'] = 'stream', more: Partial<SubscribeEvent> = {}): this {
    const of = { client: 'reader', principal: 'reader', subscription: 's1', topic: TOPIC, mode, from: 'live' };
    return this.tell({ kind: 'subscribe', ...of, ...more });
  }

  /** The gateway's answer: where the reader's subscription goes on. */
  subscribed(
    seqNo: number,
    recovered: SubscribedEvent['recovered'] = 'none',
    more: Partial<SubscribedEvent> = {},
  ): this {
    const position = seqNo === 0 ? { epoch: 'e1', seqNo: 0 } : place(seqNo);
    const of = { client: 'reader', connection: 'reader-1', gateway: 'gateway-1', topic: TOPIC };
    return this.tell({ kind: 'subscribed', ...of, recovered, position, ...more });
  }

  give(seqNo: number, more: Partial<DeliveredEvent> = {}): this {
    const messageId = more.messageId ?? `m-${seqNo}`;
    const of = { client: 'reader', subscription: 's1', topic: TOPIC, epoch: 'e1', seqNo, messageId };
    return this.tell({ kind: 'delivered', ...of, data: dataOf(messageId), ...more });
  }

  giveAll(from: number, to: number): this {
    for (let seqNo = from; seqNo <= to; seqNo++) this.give(seqNo);
    return this;
  }

  toldGap(gap: ToldGap): this {
    return this.tell({ kind: 'told', client: 'reader', subscription: 's1', topic: TOPIC, gap });
  }

  end(code?: string): this {
    const coded = code === undefined ? {} : { code };
    return this.tell({ kind: 'ended', client: 'reader', subscription: 's1', topic: TOPIC, ...coded });
  }

  send(type: SentEvent['type'], seqNo?: number, more: Partial<SentEvent> = {}): this {
    const of = { gateway: 'gateway-1', client: 'reader', connection: 'reader-1', topic: TOPIC, type };
    return this.tell({ kind: 'sent', ...of, ...(seqNo === undefined ? {} : { seqNo }), ...more });
  }

  lose(keptSeqNo: number, epochChanged: boolean, epoch = 'e1'): this {
    return this.tell({ kind: 'lost', topic: TOPIC, epoch, keptSeqNo, epochChanged });
  }

  fault(name: string, nodes: readonly string[], state: 'begins' | 'ends' | 'happens' = 'happens', id = 1): this {
    return this.tell({ kind: 'fault', name, nodes, state, id });
  }

  finish(): this {
    return this.tell({ kind: 'phase', phase: 'end' });
  }
}

export function place(seqNo: number, messageId = `m-${seqNo}`, epoch = 'e1'): Position {
  return { epoch, seqNo, messageId };
}

/** A gap in one epoch. */
export function gap(afterSeqNo: number, beforeSeqNo: number): ToldGap {
  return { afterSeqNo, beforeSeqNo, epochChanged: false };
}

export const NEW_EPOCH_GAP: ToldGap = { afterSeqNo: 0, epochChanged: true };

function dataOf(messageId: string): JsonValue {
  return { n: messageId };
}
