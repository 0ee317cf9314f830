/** What a proxy has seen pass, which faults need to say something that is wrong and still well formed. */

import type { AckFrame, ClientFrame, GatewayFrame, PublishFrame } from '@micro-socket/protocol';

export interface Stored {
  readonly epoch: string;
  readonly seqNo: number;
  readonly messageId: string;
}

/** What was seen on all connections. */
export class Knowledge {
  /** By topic and messageId. */
  readonly acks = new Map<string, AckFrame>();
  /** By topic and seqNo. */
  readonly stored = new Map<string, Stored>();
  /** The newest one by topic. */
  readonly heads = new Map<string, Stored>();
  readonly keyBySession = new Map<string, string>();
  readonly tokenBySession = new Map<string, string | undefined>();

  link(): LinkKnowledge {
    return new LinkKnowledge(this);
  }
}

/** What was seen on one connection. */
export class LinkKnowledge {
  /** What the client asked for, by id. */
  readonly requests = new Map<number, Extract<ClientFrame, { id: number }>>();
  token: string | undefined;
  readonly #all: Knowledge;
  readonly #topicByAlias = new Map<number, string>();

  constructor(all: Knowledge) {
    this.#all = all;
  }

  /** Shared frames with their topic in both encodings. */
  named(frame: GatewayFrame): GatewayFrame {
    if (frame.type === 'subscribed' || !('alias' in frame)) return frame;
    const topic = this.#topicByAlias.get(frame.alias as number);
    return topic === undefined ? frame : { ...frame, topic };
  }

  fromClient(frame: ClientFrame): void {
    if ('id' in frame) this.requests.set(frame.id, frame);
    if (frame.type === 'setup') this.token = frame.token;
  }

  fromGateway(frame: GatewayFrame): void {
    if (frame.type === 'subscribed') this.#topicByAlias.set(frame.alias, frame.topic);
    if (frame.type === 'ready') {
      this.#all.keyBySession.set(frame.sessionId, frame.resumeKey);
      this.#all.tokenBySession.set(frame.sessionId, this.token);
    }
    if (frame.type !== 'ack') return;
    const { topic } = this.requests.get(frame.id) as PublishFrame;
    const { epoch, seqNo, messageId } = frame;
    this.#all.acks.set(`${topic} ${messageId}`, frame);
    this.#all.stored.set(`${topic} ${seqNo}`, { epoch, seqNo, messageId });
    if (seqNo > (this.#all.heads.get(topic)?.seqNo ?? 0)) this.#all.heads.set(topic, { epoch, seqNo, messageId });
  }
}
