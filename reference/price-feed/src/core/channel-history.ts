/**
 * Which margins of a channel were in force at an older message of the main log.
 *
 * Each margins message names the version before it, so the versions are a list that leads back in time. A message can
 * only be read from the history while everything after it is kept, so whoever needs an older version finds it: the
 * messages that lead there are younger than what they are needed for. Versions that were looked up are kept, up to a
 * bound; beyond it they are looked up again.
 */

import type { Backbone } from '@micro-socket/backbone';
import type { Channel } from './ledger.ts';
import { type MarginVersion, readMessage } from './main-log.ts';

/** How many versions of one channel are kept beside the two that its newest message tells. */
const KEPT_MAX = 64;

export class ChannelHistory {
  readonly #backbone: Backbone;
  readonly #mainTopic: string;
  readonly #channel: Channel;
  /** By version: the one before it. */
  readonly #before = new Map<number, MarginVersion | undefined>();

  constructor(backbone: Backbone, mainTopic: string, channel: Channel) {
    this.#backbone = backbone;
    this.#mainTopic = mainTopic;
    this.#channel = channel;
  }

  // #region at
  /**
   * The margins in force at a message of the main log, the message itself included; `undefined` where the channel did not
   * exist yet, or the messages that tell it are gone. Rejects with what the backbone says.
   */
  async at(seqNo: number): Promise<MarginVersion | undefined> {
    const { current, previous, bornAt } = this.#channel;
    if (seqNo < bornAt) return undefined;
    if (seqNo >= current.version) return current;
    let known = previous;
    while (known !== undefined && seqNo < known.version) known = await this.#versionBefore(known.version);
    return known;
  }
  // #endregion at

  async #versionBefore(version: number): Promise<MarginVersion | undefined> {
    if (this.#before.has(version)) return this.#before.get(version);
    const [entry] = await this.#backbone.read(this.#mainTopic, { afterSeqNo: version - 1, limit: 1 });
    const message = entry?.seqNo === version ? readMessage(entry.payload) : undefined;
    const before = message?.type === 'margins' && message.channel === this.#channel.id ? message.previous : undefined;
    if (this.#before.size < KEPT_MAX) this.#before.set(version, before);
    return before;
  }
}
