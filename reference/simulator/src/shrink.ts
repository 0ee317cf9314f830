/**
 * Makes a failing world smaller while it fails in the same way, so that somebody can see why.
 *
 * Theory of operation. A world is tried without some of its faults, then with less of everything: a network that loses
 * nothing, one client in place of three, a shorter time. What still breaks the same rule is kept, and it begins anew,
 * until nothing can be left out any more or the number of runs is reached. Which worlds are tried follows from the
 * world alone, so the same world shrinks to the same one.
 *
 * The small world may fail for another reason than the large one; the rule is all that is compared. It does not find
 * the smallest one that there is.
 */

import { ENGINE, gatewaysOf, INTRUDER, publishersOf, subscribersOf, topicsOf } from './plan/names.ts';
import type { PlannedWorld } from './planned-world.ts';
import type { PlannedFault, Settings } from './settings.ts';
import type { RunReport } from './simulation.ts';
import type { Violation } from './violation.ts';
import { WORLD_OPTIONS } from './world-options.ts';

/** What has to stay broken. */
export type Broken = Pick<Violation, 'invariant' | 'rule'>;

export interface ShrinkProgress {
  readonly runs: number;
  readonly runsMax: number;
  /** The smallest one so far. */
  readonly world: PlannedWorld;
}

export interface ShrinkOptions {
  readonly run: (world: PlannedWorld) => Promise<Pick<RunReport, 'violations'>>;
  /** Default: `SHRINK_RUNS_MAX`. */
  readonly runsMax?: number | undefined;
  readonly onProgress?: ((progress: ShrinkProgress) => void) | undefined;
  /** Ends it early; what was found so far is the result. */
  readonly signal?: AbortSignal | undefined;
}

export const SHRINK_RUNS_MAX = 200;

export interface ShrunkWorld extends PlannedWorld {
  readonly runs: number;
  /** Nothing more can be left out, one thing at a time. False: the bound or the signal ended it. */
  readonly isDone: boolean;
}

/** The world must break the rule; this is not checked again. */
export async function shrink(world: PlannedWorld, broken: Broken, options: ShrinkOptions): Promise<ShrunkWorld> {
  const shrinker = new Shrinker(world, broken, options);
  const isDone = await shrinker.shrink();
  return { ...shrinker.world, runs: shrinker.runs, isDone };
}

class Shrinker {
  readonly #broken: Broken;
  readonly #options: ShrinkOptions;
  readonly #runsMax: number;
  /** Worlds that did not break the rule; rounds come by the same ones again. */
  readonly #whole = new Set<string>();
  #world: PlannedWorld;
  #runs = 0;
  #isCut = false;

  constructor(world: PlannedWorld, broken: Broken, options: ShrinkOptions) {
    this.#world = world;
    this.#broken = broken;
    this.#options = options;
    this.#runsMax = options.runsMax ?? SHRINK_RUNS_MAX;
  }

  get world(): PlannedWorld {
    return this.#world;
  }

  get runs(): number {
    return this.#runs;
  }

  async shrink(): Promise<boolean> {
    for (let before: PlannedWorld | undefined; before !== this.#world; ) {
      before = this.#world;
      await this.#fewerFaults();
      await this.#lessOfEverything();
      await this.#shorter();
    }
    return !this.#isCut;
  }

  /** All of them, then halves, quarters and so on, down to one by one. */
  async #fewerFaults(): Promise<void> {
    for (let size = this.#world.faults.length; size > 0; size = size === 1 ? 0 : (size + 1) >> 1) {
      for (let from = 0; from < this.#world.faults.length; ) {
        const { settings, faults } = this.#world;
        const fewer = [...faults.slice(0, from), ...faults.slice(from + size)];
        if (!(await this.#keeps({ settings, faults: fewer }))) from += size;
      }
    }
  }

  async #lessOfEverything(): Promise<void> {
    await this.#tries(quietened(this.#world.settings));
    for (const option of WORLD_OPTIONS.filter(({ name }) => IMPAIRMENTS.has(name))) {
      await this.#tries(option.set(this.#world.settings, option.least));
    }
    for (const option of WORLD_OPTIONS.filter(({ name }) => COUNTS.has(name))) {
      for (let value = option.least; value < option.of(this.#world.settings); value++) {
        if (await this.#tries(option.set(this.#world.settings, value))) break;
      }
    }
  }

  /** Up to the end of the last fault, then half of what is left, and fewer messages in it. */
  async #shorter(): Promise<void> {
    const { settings, faults } = this.#world;
    const lastMs = faults.reduce((most, { atMs, forMs }) => Math.max(most, atMs + forMs), 0);
    const roundedMs = Math.ceil((lastMs + 500) / 500) * 500;
    if (roundedMs >= SAFETY_MS_LEAST) await this.#triesSafetyMs(roundedMs);
    for (let isShorter = true; isShorter; ) {
      const half = Math.ceil(this.#world.settings.safetyMs / 1_000) * 500;
      isShorter = half >= SAFETY_MS_LEAST && (await this.#triesSafetyMs(half));
    }
    for (const times of [8, 4, 2]) {
      const publishEveryMs = Math.min(settings.publishEveryMs * times, PUBLISH_EVERY_MS_MOST);
      if (publishEveryMs <= this.#world.settings.publishEveryMs) continue;
      if (await this.#tries({ ...this.#world.settings, publishEveryMs })) break;
    }
  }

  async #triesSafetyMs(safetyMs: number): Promise<boolean> {
    const { settings } = this.#world;
    return safetyMs < settings.safetyMs && (await this.#tries({ ...settings, safetyMs }));
  }

  #tries(settings: Settings): Promise<boolean> {
    const faults = this.#world.faults.filter((fault) => isOf(fault, settings));
    return this.#keeps({ settings, faults });
  }

  /** Runs a world, and makes it the smallest one so far if it breaks the same rule. */
  async #keeps(world: PlannedWorld): Promise<boolean> {
    const key = JSON.stringify([world.settings, world.faults]);
    if (this.#isCut || this.#whole.has(key) || key === JSON.stringify([this.#world.settings, this.#world.faults])) {
      return false;
    }
    if (this.#runs >= this.#runsMax || this.#options.signal?.aborted === true) {
      this.#isCut = true;
      return false;
    }
    this.#runs += 1;
    const { violations } = await this.#options.run(world);
    const isBroken = violations.some(
      ({ invariant, rule }) => invariant === this.#broken.invariant && rule === this.#broken.rule,
    );
    if (isBroken) this.#world = world;
    else this.#whole.add(key);
    this.#options.onProgress?.({ runs: this.#runs, runsMax: this.#runsMax, world: this.#world });
    return isBroken;
  }
}

/** Options that make the network and the clocks worse than they could be. */
const IMPAIRMENTS: ReadonlySet<string> = new Set(['loss', 'double', 'reorder', 'jitter', 'skew']);
const COUNTS: ReadonlySet<string> = new Set(['subscribers', 'publishers', 'gateways', 'topics']);
/** The world has to come up. */
const SAFETY_MS_LEAST = 1_500;
const PUBLISH_EVERY_MS_MOST = 3_000;

function quietened(settings: Settings): Settings {
  return WORLD_OPTIONS.filter(({ name }) => IMPAIRMENTS.has(name)).reduce(
    (quieter, option) => option.set(quieter, option.least),
    settings,
  );
}

/** Every node and topic of the fault is in a world. */
function isOf({ nodes, topic, atMs }: PlannedFault, settings: Settings): boolean {
  const names = new Set([
    ENGINE,
    INTRUDER,
    ...gatewaysOf(settings),
    ...publishersOf(settings),
    ...subscribersOf(settings),
  ]);
  const hasTopic = topic === undefined || topicsOf(settings).includes(topic);
  return hasTopic && atMs < settings.safetyMs && nodes.every((node) => names.has(node));
}
