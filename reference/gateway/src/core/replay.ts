/** One `replay` request: a part of the history again, between the live messages (§4.6). */

import type { Entry } from '@micro-socket/backbone';
import { type LiveFrame, ProtocolError, type ReplayFrame } from '@micro-socket/protocol';
import { type HistoryRequest, sendHistory } from './history.ts';
import { checksumWith } from './sub-socket.ts';

export type ReplayOutcome = LiveFrame | 'full';

export class Replay {
  readonly id: number;
  readonly #topic: string;
  readonly #toSeqNo: number;
  readonly #withChecksum: boolean;
  #sentSeqNo: number;
  #checksum = 0;

  constructor({ id, topic, fromSeqNo, toSeqNo }: ReplayFrame, headSeqNo: number, withChecksum: boolean) {
    this.id = id;
    this.#topic = topic;
    this.#sentSeqNo = fromSeqNo;
    this.#toSeqNo = Math.min(toSeqNo ?? headSeqNo, headSeqNo);
    this.#withChecksum = withChecksum;
  }

  /**
   * Sends until the end or until the outlet is full; resolves with the frame that ends the replay, or `full`. Rejects
   * with `ProtocolError` HISTORY_GONE, or NOT_SUBSCRIBED when the subscription has ended meanwhile.
   */
  async go(request: Omit<HistoryRequest, 'onSent'>): Promise<ReplayOutcome> {
    const withSent: HistoryRequest = { ...request, onSent: (entry) => this.#sent(entry) };
    while (this.#sentSeqNo < this.#toSeqNo) {
      const before = this.#sentSeqNo;
      const outcome = await sendHistory(withSent, before, this.#toSeqNo, Number.POSITIVE_INFINITY);
      if (outcome === 'full') return 'full';
      if (outcome !== 'sent') throw this.#failure(outcome);
      // SeqNos need not be contiguous: no message may stand at `toSeqNo` itself.
      if (this.#sentSeqNo === before) break;
    }
    const live: LiveFrame = { type: 'live', id: this.id, topic: this.#topic, seqNo: this.#sentSeqNo };
    return this.#withChecksum ? { ...live, checksum: this.#checksum } : live;
  }

  #sent(entry: Entry): void {
    this.#sentSeqNo = entry.seqNo;
    if (this.#withChecksum) this.#checksum = checksumWith(this.#checksum, entry);
  }

  #failure(outcome: 'gone' | 'stopped'): ProtocolError {
    const topic = this.#topic;
    if (outcome === 'stopped') {
      return new ProtocolError('NOT_SUBSCRIBED', `The subscription to ${topic} has ended.`, { topic });
    }
    const message = `The messages of ${topic} after ${this.#sentSeqNo} are no longer kept.`;
    return new ProtocolError('HISTORY_GONE', message, { topic });
  }
}
