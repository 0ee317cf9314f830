/** Frames by hand, for what is told of a probe without a gateway. */

import { codecFor, type Frame, type FrameBody, type GatewayFrame } from '@micro-socket/protocol';
import type { HistoryRecorder } from '../../src/history/recorder.ts';
import type { ProbeObserver } from '../../src/probe.ts';
import { POLICY } from '../../src/world.ts';

export const ADDRESS = 'ws://127.0.0.1:1/ws';
export const TOPIC = 'open.a';

const READY = {
  type: 'ready',
  gateway: 'gateway-1',
  time: 1,
  heartbeatMs: 1,
  limits: { frameBytesMax: 1, topicsPerConnectionMax: 1, unacknowledgedPublishesMax: 1 },
  durability: 'memory',
  retention: { messagesMax: 100 },
  dedupWindowMs: 60_000,
} as const;

/** A probe at the gateway of the suites whose frames are these, in JSON. */
export class HandProbe {
  readonly #observer: ProbeObserver;
  #id = 0;

  constructor(recorder: HistoryRecorder, { address = ADDRESS }: { readonly address?: string } = {}) {
    recorder.gateway(address, { policy: POLICY, limits: {} });
    this.#observer = recorder.probe(address, 'json');
  }

  sends(frame: Frame): this {
    return this.sendsRaw(codecFor('json').encode(frame));
  }

  sendsRaw(body: FrameBody): this {
    this.#observer.sent(body);
    return this;
  }

  gets(frame: GatewayFrame): this {
    this.#observer.came(frame);
    return this;
  }

  closes(): this {
    this.#observer.closed();
    return this;
  }

  cuts(): this {
    this.#observer.cut();
    return this;
  }

  setsUp(token?: string, sessionId = 's-1'): this {
    this.sends({ type: 'setup', protocol: 1, ...(token === undefined ? {} : { token }) });
    return this.getsReady(sessionId);
  }

  getsReady(sessionId = 's-1'): this {
    return this.gets({ ...READY, sessionId, resumeKey: `key of ${sessionId}` });
  }

  asks(topic = TOPIC): this {
    this.#id += 1;
    return this.sends({ type: 'subscribe', id: this.#id, topic });
  }

  /** Asks and is answered, at a head. */
  subscribes(topic = TOPIC, seqNo = 0): this {
    return this.asks(topic).getsSubscribed(this.#id, topic, seqNo);
  }

  getsSubscribed(id: number, topic = TOPIC, seqNo = 0): this {
    return this.gets({
      type: 'subscribed',
      id,
      topic,
      alias: id,
      epoch: 'e',
      seqNo,
      recovered: 'none',
      headSeqNo: seqNo,
    });
  }

  /** Publishes `m-n` without waiting for the answer. Returns its id. */
  publishes(n: number, payload: unknown = n, topic = TOPIC): number {
    this.#id += 1;
    this.sends({ type: 'publish', id: this.#id, topic, messageId: `m-${n}`, payload });
    return this.#id;
  }

  /** Publishes `m-n` and is told that it stands at `n`. */
  stores(n: number, payload: unknown = n): this {
    const id = this.publishes(n, payload);
    return this.gets({ type: 'ack', id, messageId: `m-${n}`, status: 'ok', epoch: 'e', seqNo: n });
  }

  getsMessage(n: number, data: unknown = n, topic = TOPIC): this {
    return this.gets({ type: 'message', topic, seqNo: n, prevSeqNo: n - 1, messageId: `m-${n}`, time: 1, data });
  }
}
