/**
 * The network between gateways and the engine: packets that may be lost, come twice, or overtake one another.
 *
 * It promises less than any transport of ours, because that is what a backbone may be built on; who uses it has to
 * repair what it does. Nothing that is under way arrives at a node that has gone down meanwhile.
 */

import type { Chance } from '../chance.ts';
import type { NetworkSettings } from '../settings.ts';
import type { VirtualTime } from '../time/virtual-time.ts';
import type { Paths } from './paths.ts';

/** How much later an overtaken packet comes than it would have, at most. */
const OVERTAKEN_MS_MAX = 60;

export interface PacketInfo {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly topic?: string | undefined;
  readonly seqNo?: number | undefined;
}

export interface PacketsOptions {
  readonly time: VirtualTime;
  readonly paths: Paths;
  readonly chance: Chance;
  readonly network: NetworkSettings;
  /** Hears of each packet when it is sent. */
  readonly onPacket: (info: PacketInfo, arrivesAt: number, lost: boolean) => void;
}

export class Packets {
  readonly #options: PacketsOptions;
  #healthy = false;

  constructor(options: PacketsOptions) {
    this.#options = options;
  }

  /** From now on nothing is lost, doubled or overtaken. */
  heal(): void {
    this.#healthy = true;
  }

  send(info: PacketInfo, deliver: () => void): void {
    const { chance, network } = this.#options;
    const copies = chance.happens(network.doubledPerMille) && !this.#healthy ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#sendOne(info, deliver);
  }

  #sendOne(info: PacketInfo, deliver: () => void): void {
    const { time, paths, chance, network, onPacket } = this.#options;
    const late = chance.happens(network.reorderedPerMille) ? chance.below(OVERTAKEN_MS_MAX) : 0;
    const unlucky = chance.happens(network.lostPerMille);
    const delayMs = paths.delayMs() + (this.#healthy ? 0 : late);
    const lost = (unlucky && !this.#healthy) || !paths.isOpen(info.from, info.to);
    onPacket(info, time.now + delayMs, lost);
    if (!lost) time.after(delayMs, deliver);
  }
}
