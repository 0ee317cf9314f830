/**
 * Answers `read`: a part of what a topic holds, once (§4.12). A topic need not be subscribed to for it, and nothing of it
 * is kept here.
 *
 * The answer goes out in parts, each when the peer has taken what came before, so a long one fills nobody's memory twice.
 */

import type { Backbone, Entry } from '@micro-socket/backbone';
import { type Limits, type PageFrame, type Position, ProtocolError, type ReadFrame } from '@micro-socket/protocol';
import { pageEntry } from './frame-kind.ts';
import type { Outlet } from './outlet.ts';

/** How many messages are read where nothing is said of it. */
const LIMIT = 100;

/** About how long an entry is beside its payload, in either encoding. */
const ENTRY_OVERHEAD_BYTES = 128;

export interface ReadingsOptions {
  readonly outlet: Outlet;
  readonly backbone: Backbone;
  readonly limits: Limits;
  readonly send: (frame: PageFrame) => void;
  /** Asked before each part: false when the reader has gone or may no longer read (I1). */
  readonly mayGoOn: (topic: string) => boolean;
}

interface Found {
  /** Where the entries begin, or the head that a state is complete up to. */
  readonly position: Position;
  readonly entries: readonly Entry[];
  readonly anchored?: boolean;
}

export class Readings {
  readonly #options: ReadingsOptions;
  #underWay = 0;

  constructor(options: ReadingsOptions) {
    this.#options = options;
  }

  /** Resolves when the answer is out. Rejects with `ProtocolError` TOO_MANY_REPLAYS, and with what the backbone says. */
  async read(frame: ReadFrame): Promise<void> {
    const { readsPerConnectionMax } = this.#options.limits;
    if (this.#underWay >= readsPerConnectionMax) {
      const message = `This connection has ${readsPerConnectionMax} reads under way (readsPerConnectionMax).`;
      throw new ProtocolError('TOO_MANY_REPLAYS', message, { topic: frame.topic });
    }
    this.#underWay += 1;
    try {
      await this.#answer(frame, await this.#find(frame));
    } finally {
      this.#underWay -= 1;
    }
  }

  async #find({ topic, from, limit = LIMIT }: ReadFrame): Promise<Found> {
    const { backbone } = this.#options;
    if (from === 'head') return { position: await backbone.head(topic), entries: [] };
    if (from === 'snapshot') {
      const { head, entries } = await backbone.snapshot(topic);
      return { position: head, entries };
    }
    if ('last' in from) {
      const { before, entries } = await backbone.tail(topic, from.last);
      return { position: before, entries };
    }
    if ('after' in from) return this.#after(topic, from.after, limit);
    const anchored = await backbone.anchor(topic, from);
    const entries = anchored && limit > 0 ? await backbone.read(topic, { afterSeqNo: from.seqNo, limit }) : [];
    return { position: from, entries, anchored };
  }

  async #after(topic: string, afterSeqNo: number, limit: number): Promise<Found> {
    const { backbone } = this.#options;
    const entries = limit > 0 ? await backbone.read(topic, { afterSeqNo, limit }) : [];
    const { epoch } = entries[0] ?? (await backbone.head(topic));
    return { position: { epoch, seqNo: afterSeqNo }, entries };
  }

  async #answer({ id, topic }: ReadFrame, { position, entries, anchored }: Found): Promise<void> {
    const { outlet, send, mayGoOn } = this.#options;
    const { epoch, seqNo, messageId } = position;
    const page = {
      type: 'page',
      id,
      topic,
      epoch,
      seqNo,
      ...(messageId === undefined ? {} : { messageId }),
      ...(anchored === undefined ? {} : { anchored }),
    } as const;
    for (let next = 0, last = false; !last; ) {
      if (!mayGoOn(topic))
        throw new ProtocolError('ACL_DENIED', `The grant to read ${topic} was withdrawn.`, { topic });
      const part = this.#partFrom(entries, next);
      next += part.length;
      last = next === entries.length;
      send({ ...page, entries: part.map(pageEntry), last });
      if (!last) await outlet.keepsUp();
    }
  }

  #partFrom(entries: readonly Entry[], from: number): readonly Entry[] {
    const { batchBytesMax } = this.#options.limits;
    let to = from;
    for (let bytes = 0; to < entries.length && bytes < batchBytesMax; to++) {
      bytes += (entries[to] as Entry).sizeBytes + ENTRY_OVERHEAD_BYTES;
    }
    return entries.slice(from, to);
  }
}
