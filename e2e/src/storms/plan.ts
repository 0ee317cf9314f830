/**
 * Draws the faults of each round from the seed: which, in which order, where, when and for how long.
 *
 * Faults are dealt like cards, so that each comes up before one comes a second time; those that end a process come first,
 * because a short storm must not be without them. When exactly a fault strikes is decided by processes that run by
 * themselves: a seed repeats what is done, not what comes of it.
 */

import { CAST } from './cast.ts';
import { Chance } from './chance.ts';
import { FAULT_NAMES, type FaultName, lastsMs, partsOf, SLOW_MS } from './faults.ts';
import type { BackboneKind } from './settings.ts';

export interface PlannedFault {
  readonly name: FaultName;
  /** Which gateway, by its place from 0, where the fault is about one; the client's name where it is about that. */
  readonly gateway: number;
  readonly client: string | undefined;
  /** How long after the fault before it, in milliseconds. */
  readonly afterMs: number;
  /** For how long, in milliseconds. */
  readonly forMs: number;
  readonly slowMs: number;
}

/** Between two faults of a round, in milliseconds. Shorter than most of them last, so that they meet each other. */
const AFTER_MS = [50, 1_200] as const;

const FAULTS_PER_ROUND = [2, 4] as const;

/** Which faults there can be. */
export function faultsFor(kind: BackboneKind): readonly FaultName[] {
  if (kind !== 'disk') return FAULT_NAMES;
  return FAULT_NAMES.filter((name) => ['gateway', 'client-link'].includes(partsOf(name).place));
}

export class Deck {
  readonly #names: readonly FaultName[];
  readonly #gateways: number;
  readonly #chance: Chance;
  #cards: FaultName[];
  #movers: string[] = [];

  /** `names`: the faults that may be dealt; there must be one. */
  constructor(seed: number, kind: BackboneKind, names: readonly FaultName[] = faultsFor(kind)) {
    this.#names = names;
    this.#gateways = kind === 'disk' ? 1 : 2;
    this.#chance = new Chance(seed, `faults of ${kind}`);
    const shuffled = this.#chance.shuffled(names);
    const isFirst = (name: FaultName) => partsOf(name).what === 'kill';
    this.#cards = [...shuffled.filter(isFirst), ...shuffled.filter((name) => !isFirst(name))];
  }

  /** The faults of the next round. */
  deal(): readonly PlannedFault[] {
    const count = this.#chance.between(...FAULTS_PER_ROUND);
    return Array.from({ length: count }, () => this.#planned(this.#next()));
  }

  #next(): FaultName {
    if (this.#cards.length === 0) this.#cards = this.#chance.shuffled(this.#names);
    return this.#cards.shift() as FaultName;
  }

  /** Readers and publishers by turns, each before one comes a second time. */
  #nextMover(): string {
    if (this.#movers.length === 0) {
      const shuffled = this.#chance.shuffled(CAST);
      const readers = shuffled.filter(({ publishes }) => publishes === undefined);
      const publishers = shuffled.filter(({ publishes }) => publishes !== undefined);
      const pairs = shuffled.flatMap((_, at) => [...readers.slice(at, at + 1), ...publishers.slice(at, at + 1)]);
      this.#movers = pairs.map((role) => role.name);
    }
    return this.#movers.shift() as string;
  }

  #planned(name: FaultName): PlannedFault {
    const chance = this.#chance;
    return {
      name,
      gateway: chance.below(this.#gateways),
      client: partsOf(name).place === 'client' ? this.#nextMover() : undefined,
      afterMs: chance.between(...AFTER_MS),
      forMs: chance.between(...lastsMs(name)),
      slowMs: chance.between(...SLOW_MS),
    };
  }
}

/** A planned fault for people. */
export function faultText({ name, gateway, client, forMs }: PlannedFault): string {
  const { place } = partsOf(name);
  const where = place === 'backbone' ? '' : client === undefined ? ` gateway-${gateway + 1}` : ` ${client}`;
  return `${name}${where}${forMs === 0 ? '' : ` ${forMs} ms`}`;
}
