/** What a storm says to people: a line for each round, and a report at its end. */

import { faultText } from './plan.ts';
import type { RoundOutcome } from './round.ts';
import type { StormReport } from './storm.ts';

const RIGHT = '✓';
const WRONG = '✗';

export function roundText(outcome: RoundOutcome, rounds: number): string {
  const { round, problems, durationMs, acknowledged, deliveries, faults } = outcome;
  const mark = problems.length === 0 ? RIGHT : WRONG;
  const seconds = (durationMs / 1_000).toFixed(1);
  const counts = `${acknowledged} acknowledged, ${deliveries} delivered`;
  const line = `${mark} ${round}/${rounds}  ${seconds} s  ${counts}  ${faults.map(faultText).join(', ')}`;
  return [line, ...problems.map((problem) => `    ${problem.replaceAll('\n', '\n    ')}`)].join('\n');
}

export function reportText(report: StormReport): string {
  const { kind, seed, rounds, durationMs, durability, acknowledged, lost, forgotten, deliveries } = report;
  const lines: [string, string][] = [
    ['storm', `${kind}, seed ${seed}, ${rounds} rounds, ${(durationMs / 1_000).toFixed(0)} s`],
    ['acknowledged', `${acknowledged} publishes, ${durability === '' ? 'at an unknown level' : `at ${durability}`}`],
    ['lost', `${lost}`],
  ];
  if (forgotten > 0) lines.push(['forgotten', `${forgotten} with an engine that keeps nothing; every reader was told`]);
  lines.push(
    ['delivered', `${deliveries} messages`],
    ['resumed', `${countsText(report.recoveries)}; sessions ${report.sessionsResumed}, anew ${report.sessionsRefused}`],
    ['refused', countsText(report.refusals)],
    ['given up', countsText(report.failures)],
    ['faults', countsText(report.faults)],
    ['restarts', `${report.restarts} of a process that ended while it started`],
    ['judged', `${report.eventsJudged} events${cutText(report.historiesCut)}`],
    ['held', report.held.join(' ')],
  );
  if (report.broken.length > 0) lines.push(['broken', report.broken.join(' ')]);
  const told = lines.map(([name, text]) => `${name.padEnd(13)}${text}`);
  return [...told, ...report.problems].join('\n');
}

function cutText(historiesCut: number): string {
  return historiesCut === 0 ? '' : `; ${historiesCut} histories were cut and not judged`;
}

function countsText(counts: ReadonlyMap<string, number>): string {
  if (counts.size === 0) return 'none';
  const sorted = [...counts].toSorted(([one], [other]) => one.localeCompare(other));
  return sorted.map(([name, count]) => `${name} ${count}`).join(', ');
}
