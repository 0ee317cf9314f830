/**
 * A world as a part of an address, so that a link shows what its writer saw.
 *
 *     #sim=seed.42/profile.rough/delay.60/fault.partition@12345+3000,client-1,gateway-1/at.15000
 *
 * Readable, and made of characters that no browser and no chat program changes. What cannot be read is left out and
 * named, and the rest counts: a link that was cut short still shows most of its world.
 */

import type { FaultName } from '@micro-socket/simulator';
import { FAULT_RULES } from './faults.ts';
import {
  FAULT_PERCENT_MAX,
  FIRST_WORLD,
  HAND_MADE_MAX,
  type HandMadeFault,
  NUMBER_NAMES,
  NUMBERS,
  type NumberName,
  PROFILE_CHOICES,
  SEED_MAX,
  type World,
} from './world.ts';

const PREFIX = '#sim=';

/** Longer addresses are cut: no world of ours needs more. */
const CHARS_MAX = 8_000;

/** A run is over long before. */
const MOMENT_MS_MAX = 3_600_000;

export interface AddressProblem {
  readonly why: 'unknown' | 'no-number' | 'out-of-range' | 'no-fault' | 'too-many' | 'too-long' | 'unreadable';
  /** The part of the address that is wrong, as it was written. */
  readonly part: string;
  readonly min?: number;
  readonly max?: number;
}

export interface ParsedAddress {
  readonly world: World;
  /** The moment that the writer of the link looked at. */
  readonly atMs?: number;
  readonly problems: readonly AddressProblem[];
}

/** The part of an address that says it all. */
export function addressOf(world: World, atMs?: number): string {
  const { seed, profile, numbers, faultPercent, mutant, handMade } = world;
  const parts = [`seed.${seed}`, `profile.${profile}`];
  for (const name of NUMBER_NAMES) {
    const value = numbers[name];
    if (value !== undefined) parts.push(`${NUMBERS[name].address}.${value}`);
  }
  parts.push(`faults.${faultPercent}`);
  if (mutant !== undefined) parts.push(`mutant.${mutant}`);
  parts.push(...handMade.map(faultText));
  if (atMs !== undefined) parts.push(`at.${atMs}`);
  return PREFIX + parts.join('/');
}

function faultText({ name, atMs, forMs, nodes, topic, count }: HandMadeFault): string {
  const options = [
    ...(topic === undefined ? [] : [`topic=${topic}`]),
    ...(count === undefined ? [] : [`count=${count}`]),
  ];
  return `fault.${name}@${atMs}${forMs === 0 ? '' : `+${forMs}`},${[...nodes, ...options].join(',')}`;
}

/** Reads the part of an address after the path. `undefined` where it is about something else, such as a heading. */
export function parseAddress(hash: string): ParsedAddress | undefined {
  if (!hash.startsWith(PREFIX)) return undefined;
  const reader = new AddressReader();
  const written = hash.slice(PREFIX.length);
  if (written.length > CHARS_MAX) reader.complain({ why: 'too-long', part: `${written.slice(0, 20)}…` });
  let text = written.slice(0, CHARS_MAX);
  try {
    text = decodeURIComponent(text);
  } catch {
    reader.complain({ why: 'unreadable', part: text.slice(0, 40) });
  }
  for (const part of text.split('/')) if (part !== '') reader.read(part);
  return reader.finish();
}

class AddressReader {
  #world: World = { ...FIRST_WORLD, numbers: {} };
  #hasSeed = false;
  #atMs: number | undefined;
  readonly #problems: AddressProblem[] = [];

  complain(problem: AddressProblem): void {
    this.#problems.push(problem);
  }

  read(part: string): void {
    const dot = part.indexOf('.');
    const [key, value] = dot < 0 ? [part, ''] : [part.slice(0, dot), part.slice(dot + 1)];
    const name = NUMBER_NAMES.find((one) => NUMBERS[one].address === key);
    if (name !== undefined) this.#readNumber(name, value, part);
    else if (key === 'seed') this.#readSeed(value, part);
    else if (key === 'faults') this.#readPercent(value, part);
    else if (key === 'at') this.#atMs = this.#numberIn(value, part, 0, MOMENT_MS_MAX, true) ?? this.#atMs;
    else if (key === 'fault') this.#readFault(value, part);
    else if (key === 'profile') this.#readProfile(value, part);
    else if (key === 'mutant' && /^[a-z0-9-]{1,48}$/.test(value)) this.#world = { ...this.#world, mutant: value };
    else this.complain({ why: 'unknown', part });
  }

  /** An address without a seed is about no world in particular; it gets the first one's. */
  finish(): ParsedAddress {
    const world = this.#hasSeed ? this.#world : { ...this.#world, seed: FIRST_WORLD.seed };
    const problems = this.#problems;
    return this.#atMs === undefined ? { world, problems } : { world, atMs: this.#atMs, problems };
  }

  #readNumber(name: NumberName, value: string, part: string): void {
    const { min, max } = NUMBERS[name];
    const read = this.#numberIn(value, part, min, max);
    if (read === undefined) return;
    this.#world = { ...this.#world, numbers: { ...this.#world.numbers, [name]: read } };
  }

  #readSeed(value: string, part: string): void {
    const seed = this.#numberIn(value, part, 0, SEED_MAX);
    if (seed === undefined) return;
    this.#hasSeed = true;
    this.#world = { ...this.#world, seed };
  }

  #readPercent(value: string, part: string): void {
    const faultPercent = this.#numberIn(value, part, 0, FAULT_PERCENT_MAX);
    if (faultPercent !== undefined) this.#world = { ...this.#world, faultPercent };
  }

  #readProfile(value: string, part: string): void {
    const profile = PROFILE_CHOICES.find((one) => one === value);
    if (profile === undefined) this.complain({ why: 'unknown', part });
    else this.#world = { ...this.#world, profile };
  }

  #readFault(value: string, part: string): void {
    const fault = faultIn(value);
    const { handMade } = this.#world;
    if (fault === undefined) this.complain({ why: 'no-fault', part });
    else if (handMade.length >= HAND_MADE_MAX) this.complain({ why: 'too-many', part, max: HAND_MADE_MAX });
    else this.#world = { ...this.#world, handMade: [...handMade, fault] };
  }

  #numberIn(value: string, part: string, min: number, max: number, mayHaveFraction = false): number | undefined {
    if (!(mayHaveFraction ? /^\d{1,12}(\.\d{1,3})?$/ : /^\d{1,12}$/).test(value)) {
      this.complain({ why: 'no-number', part });
      return undefined;
    }
    const number = Number(value);
    if (number >= min && number <= max) return number;
    this.complain({ why: 'out-of-range', part, min, max });
    return undefined;
  }
}

const NODE = /^[a-z][a-z0-9-]{0,31}$/;
const TOPIC = /^[A-Za-z0-9_:@~.-]{1,64}$/;

function faultIn(value: string): HandMadeFault | undefined {
  const [head = '', ...rest] = value.split(',');
  const [, name = '', at = '', lasts = '0'] = /^([a-z-]+)@(\d{1,9}(?:\.\d{1,3})?)(?:\+(\d{1,7}))?$/.exec(head) ?? [];
  const nodes = rest.filter((one) => !one.includes('='));
  const options = new Map(rest.filter((one) => one.includes('=')).map((one) => one.split('=', 2) as [string, string]));
  const topic = options.get('topic');
  const count = options.get('count');
  if (!isFaultName(name) || nodes.length === 0 || nodes.length > 2) return undefined;
  if (!nodes.every((one) => NODE.test(one)) || (topic !== undefined && !TOPIC.test(topic))) return undefined;
  if (count !== undefined && !/^\d{1,3}$/.test(count)) return undefined;
  return {
    name,
    atMs: Number(at),
    forMs: Number(lasts),
    nodes,
    ...(topic === undefined ? {} : { topic }),
    ...(count === undefined ? {} : { count: Number(count) }),
  };
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULT_RULES, name);
}
