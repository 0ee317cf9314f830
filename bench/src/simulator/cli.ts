/** `npm run bench:sim`: how many messages a second are simulated on one core. */

import { parseArgs } from 'node:util';
import { provenanceOf } from '../../../tools/runs/provenance.ts';
import type { Spread } from '../../../tools/runs/result-schema.ts';
import { BrokenWorldError, measure, rowsOf, type SimulatorRow } from './measure.ts';

const HELP = `Usage: npm run bench:sim -- [options]

Measures how many messages are simulated in a second of CPU time, for each profile, beside a MemoryBackbone that is
published to with one listener.

  --worlds N        worlds of each profile in one measurement, 1 to 1000 (default 10)
  --repetitions N   measurements of each, after one to warm up, 1 to 100 (default 5)
  --json            prints one JSON document
  --help            this text
`;

/** The command line cannot be understood; the message says why. */
class UsageError extends Error {
  readonly code = 'USAGE';
}

async function main(): Promise<void> {
  const { help, json, worlds, repetitions } = parsed(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  const [startedAtMs, startedAt] = [Date.now(), performance.now()];
  const raw = await measure({ worlds, repetitions, onProgress });
  const rows = rowsOf(raw);
  const again = `npm run bench:sim -- --worlds ${worlds} --repetitions ${repetitions}`;
  const provenance = provenanceOf(again, startedAtMs, performance.now() - startedAt);
  if (json) {
    console.log(JSON.stringify({ name: 'simulator', provenance, settings: { worlds, repetitions }, rows, raw }));
    return;
  }
  const { machine, node, commit, dirty } = provenance;
  const where = `${machine.cpu}, ${machine.os}, Node ${node}, commit ${commit}${dirty ? ' with changes' : ''}`;
  console.log(`${tableText(rows)}\n\n${where}`);
}

function parsed(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        worlds: { type: 'string', default: '10' },
        repetitions: { type: 'string', default: '5' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      ...values,
      worlds: numberIn('--worlds', values.worlds, 1_000),
      repetitions: numberIn('--repetitions', values.repetitions, 100),
    };
  } catch (error) {
    throw new UsageError(`${(error as Error).message} Try --help.`);
  }
}

function numberIn(option: string, text: string, most: number): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= most) return value;
  throw new UsageError(`${option} takes a whole number from 1 to ${most}, not ${JSON.stringify(text)}.`);
}

function onProgress(done: number, total: number, label: string): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001b[2K${done < total ? `[${done}/${total}] ${label}` : ''}`);
}

const HEAD = ['program', 'messages/CPU s (min–max)', 'CPU time a message', 'virtual s/CPU s'];

function tableText(rows: readonly SimulatorRow[]): string {
  const lines = [HEAD, ...rows.map(columnsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const padded = lines.map((line) => line.map((text, column) => text.padEnd(widths[column] as number)).join('  '));
  return padded.map((line) => line.trimEnd()).join('\n');
}

function columnsOf({ program, messagesPerCpuSecond, timesBackbone, virtualSecondsPerCpuSecond }: SimulatorRow) {
  const virtual = virtualSecondsPerCpuSecond.median;
  return [program, spreadText(messagesPerCpuSecond), `${timesBackbone} ×`, virtual === 0 ? '' : String(virtual)];
}

function spreadText({ median, min, max }: Spread): string {
  const [middle, least, most] = [median, min, max].map((value) => value.toLocaleString('en'));
  return `${middle} (${least}–${most})`;
}

main().catch((error: Error) => {
  const isTold = error instanceof UsageError || error instanceof BrokenWorldError;
  console.error(isTold ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
