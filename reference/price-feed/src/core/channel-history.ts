/**
 * Which margins of a channel were in force at an older message of the main log.
 *
 * Each margins message names the version before it, so the versions are a list that leads back in time. A message can
 * only be read from the history while everything after it is kept, so whoever needs an older version finds it: the
 * messages that lead there are younger than what they are needed for. Versions that were looked up are kept, up to a
 * bound over all channels; beyond it the oldest are looked up again.
 */

import type { Backbone } from '@micro-socket/backbone';
import type { Channel } from './ledger.ts';
import { type MarginVersion, messageOf } from './main-log.ts';

/** How many versions are kept beside the two that the newest message of each channel tells. */
const KEPT_MAX = 10_000;

export class ChannelHistory {
  readonly #backbone: Backbone;
  readonly #mainTopic: string;
  /** By epoch and version: the version before it, of the same channel. */
  readonly #before = new Map<string, MarginVersion | undefined>();

  constructor(backbone: Backbone, mainTopic: string) {
    this.#backbone = backbone;
    this.#mainTopic = mainTopic;
  }

  // #region at
  /**
   * The margins in force at a message of the main log, the message itself included; `undefined` where the channel did not
   * exist yet, or the messages that tell it are gone. Rejects with what the backbone says.
   */
  async at(seqNo: number, channel: Channel): Promise<MarginVersion | undefined> {
    const { current, previous, bornAt } = channel;
    if (seqNo < bornAt) return undefined;
    if (seqNo >= current.version) return current;
    let known = previous;
    while (known !== undefined && seqNo < known.version) known = await this.#versionBefore(known.version, channel);
    return known;
  }
  // #endregion at

  async #versionBefore(version: number, { id, entry: { epoch } }: Channel): Promise<MarginVersion | undefined> {
    const name = `${epoch} ${version}`;
    if (this.#before.has(name)) return this.#before.get(name);
    const [entry] = await this.#backbone.read(this.#mainTopic, { afterSeqNo: version - 1, limit: 1 });
    const message = entry?.seqNo === version && entry.epoch === epoch ? messageOf(entry) : undefined;
    const previous = message?.type === 'margins' && message.channel === id ? message.previous : undefined;
    const before = previous !== undefined && previous.version < version ? previous : undefined;
    this.#keep(name, before);
    return before;
  }

  #keep(name: string, before: MarginVersion | undefined): void {
    this.#before.set(name, before);
    if (this.#before.size <= KEPT_MAX) return;
    for (const oldest of this.#before.keys()) {
      this.#before.delete(oldest);
      return;
    }
  }
}
