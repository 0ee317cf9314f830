/** What a run found, for people. */

import { faultText } from '../fault-text.ts';
import { FAULT_NAMES, type PlannedFault } from '../settings.ts';
import type { ShrinkProgress } from '../shrink.ts';
import type { Invariant } from '../violation.ts';
import type { RunCommand } from './cli-options.ts';
import type { Ending, Failure } from './run-events.ts';
import type { Summary, Tally } from './summary.ts';

const INVARIANT_NAMES: Readonly<Record<Invariant, string>> = {
  I1: 'I1 access',
  I2: 'I2 dedup',
  I3: 'I3 order',
  I4: 'I4 delivery',
  I5: 'I5 latency',
  I6: 'I6 resume',
  I7: 'I7 integrity',
  liveness: 'liveness',
};

const NAME_WIDTH = 14;

export function planText({ firstSeed, runs, profiles, mutant, changes, only, faults }: RunCommand): string {
  const seeds = runs === 1 ? `seed ${firstSeed}` : `seeds ${firstSeed} to ${firstSeed + runs - 1}`;
  const options = [
    ...(mutant === undefined ? [] : [`--mutant ${mutant}`]),
    ...(only === undefined ? [] : [`--only ${only.length === 0 ? 'none' : only.join(',')}`]),
    ...faults.map((fault) => `--fault ${faultText(fault)}`),
    ...changes,
  ];
  return [`${seeds}, ${profiles.join(', ')}`, ...(options.length === 0 ? [] : [options.join(' ')])].join('\n');
}

export function worldsText({ worlds, failed, messages, runMs }: Tally, total: number): string {
  const found = failed === 0 ? 'no violation' : `${failed} with violations`;
  return `${worlds}/${total} worlds, ${perSecond(worlds, runMs)} worlds/s, ${found}, ${number(messages)} messages`;
}

export function shrinkText({ runs, runsMax, world }: ShrinkProgress): string {
  const { faults, settings } = world;
  return `making it smaller: run ${runs} of at most ${runsMax}, ${faultCount(faults.length)}, ${settings.safetyMs} ms`;
}

export function failureText(failure: Failure): string {
  const { seed, profile, violation, timeline, command } = failure;
  return [
    `${INVARIANT_NAMES[violation.invariant]} does not hold: ${violation.rule}`,
    `  seed ${seed}, ${profile}: ${violation.detail}`,
    `  ${sizeText(failure)}`,
    '',
    timeline.replaceAll(/^/gm, '  '),
    '',
    `  ${command}`,
  ].join('\n');
}

function sizeText({ faults, faultsBefore, events, shrinkRuns, isSmallest }: Failure): string {
  const size = `${faultCount(faults)} and ${number(events)} events`;
  if (shrinkRuns === 0) return size;
  const how = isSmallest ? 'nothing more can be left out' : 'the number of runs was reached';
  return `made smaller from ${faultCount(faultsBefore)} to ${size} in ${shrinkRuns} runs: ${how}`;
}

export function summaryText({ summary, isStopped, durationMs, mutant }: Ending): string {
  const { worlds, runMs, virtualMs, published, stored, delivered } = summary;
  return [
    `${isStopped ? 'stopped after ' : ''}${worldCount(worlds)} in ${seconds(durationMs)} (${perSecond(worlds, runMs)} worlds/s), ${seconds(virtualMs)} of virtual time`,
    `${number(published)} publishes answered, ${number(stored)} messages stored, ${number(delivered)} delivered`,
    '',
    'faults that happened',
    ...happenedLines(summary),
    '',
    'invariants',
    ...summary.invariants.flatMap(({ invariant, held, broken }) => [
      `  ${INVARIANT_NAMES[invariant].padEnd(NAME_WIDTH)}${broken === 0 ? `held in ${worldCount(held)}` : `broken in ${number(broken)} of ${worldCount(worlds)}`}`,
      ...rulesOf(invariant, summary),
    ]),
    ...(mutant === undefined ? [] : ['', mutantText(mutant, summary)]),
  ].join('\n');
}

function rulesOf(invariant: Invariant, { rules }: Summary): readonly string[] {
  return rules
    .filter((rule) => rule.invariant === invariant)
    .map(
      ({ rule, worlds, first }) =>
        `  ${' '.repeat(NAME_WIDTH)}${rule}: ${worldCount(worlds)}, first seed ${first.seed} ${first.profile}`,
    );
}

function mutantText({ name, isFound }: { name: string; isFound: boolean }, { worlds, rules }: Summary): string {
  const [found] = rules;
  if (!isFound || found === undefined) return `The mutant ${name} survived ${worldCount(worlds)}.`;
  return `The mutant ${name} was found in world ${worlds}: ${found.invariant} ${found.rule}.`;
}

const FAULTS_A_LINE = 4;
const FAULT_WIDTH = 28;

function happenedLines({ happened }: Summary): readonly string[] {
  const cells = FAULT_NAMES.map((name) => `${name} ${number(happened[name])}`.padEnd(FAULT_WIDTH));
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += FAULTS_A_LINE) {
    lines.push(`  ${cells.slice(at, at + FAULTS_A_LINE).join('')}`.trimEnd());
  }
  return lines;
}

/** The planned faults of a world, one a line. */
export function planLines(faults: readonly PlannedFault[]): readonly string[] {
  if (faults.length === 0) return ['No fault is planned.'];
  return faults.map((fault) => `${String(fault.id).padStart(4)}  ${faultText(fault)}`);
}

function worldCount(count: number): string {
  return count === 1 ? '1 world' : `${number(count)} worlds`;
}

function faultCount(count: number): string {
  return count === 1 ? '1 fault' : `${number(count)} faults`;
}

function perSecond(count: number, elapsedMs: number): string {
  return elapsedMs === 0 ? '0' : ((count / elapsedMs) * 1_000).toFixed(1);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
