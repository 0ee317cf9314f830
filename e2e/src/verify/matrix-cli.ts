/** `npm run verify:matrix`: verifies the reference gateway over every transport and backbone, in both encodings. */

import { fileURLToPath } from 'node:url';
import { onProcessEnd } from '@micro-socket/gateway/node';
import { ENCODINGS, limitsWith } from '@micro-socket/protocol';
import { dial } from '@micro-socket/transport/node';
import type { RunEvent } from '../../../tools/runs/events.ts';
import { provenanceOf } from '../../../tools/runs/provenance.ts';
import { writeResult } from '../../../tools/runs/write-result.ts';
import { CHECKS } from './checks/index.ts';
import { type MatrixRun, matrixOf } from './matrix.ts';
import { CONFORMANCE, endOf, planOf } from './matrix-events.ts';
import { HELP, type MatrixCommand, parseCommand } from './matrix-options.ts';
import { outcomeText, summaryText } from './report.ts';
import { verify } from './run.ts';
import type { Settings } from './settings.ts';
import { Reach, WAYS } from './ways.ts';

const resultsFolder = fileURLToPath(new URL('../../results', import.meta.url));

/** Bounds that make the gateway speak of itself sooner than it would; all others are the defaults. */
const CHANGED_LIMITS = { heartbeatMs: 2_000, headIntervalMs: 1_000 };

/** More than any default bound that a check waits for. */
const PATIENCE_MS = 60_000;

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2));
  if (command.mode === 'help') process.stdout.write(HELP);
  else if (command.mode === 'list') list(command);
  else return run(command);
  return 0;
}

function list({ output }: MatrixCommand): void {
  if (output === 'json') {
    console.log(JSON.stringify([CONFORMANCE]));
    return;
  }
  for (const { id, level, title, proves } of CHECKS) console.log(`${id} (${level}): ${title} (${proves.join(', ')})`);
}

async function run({ ways, output, record }: MatrixCommand): Promise<number> {
  // The gateway is a child of this process; checks under way are given up with it.
  onProcessEnd(() => process.exit(143));
  const startedAtMs = Date.now();
  const plan = planOf(ways);
  const tellEvent = (event: RunEvent) => {
    if (output === 'events') console.log(JSON.stringify(event));
  };
  const tellText = (text: string) => {
    if (output === 'text') console.log(text);
  };
  tellEvent(plan);
  let done = 0;
  const reports: MatrixRun['reports'][number][] = [];
  const reach = new Reach(CHANGED_LIMITS);
  try {
    for (const way of ways) {
      const { address, ca, left } = await reach.by(way);
      const settings = settingsFor(address, ca);
      tellText(`\n${way}: ${address}`);
      const report = await verify(settings, (outcome) => {
        done += 1;
        tellText(outcomeText(outcome));
        tellEvent(endOf(way, outcome));
        tellEvent({ t: 'progress', done, total: plan.total, label: `${way}-${outcome.encoding}` });
      });
      tellText(summaryText(report));
      reports.push({ transport: way, report });
      await left();
    }
  } finally {
    await reach.end();
  }
  const words = ways.length === WAYS.length ? [] : ['--', ...ways];
  const durationMs = Date.now() - startedAtMs;
  const provenance = provenanceOf(['npm run verify:matrix', ...words].join(' '), startedAtMs, durationMs);
  const result = matrixOf({ provenance, level: 'durable', limits: CHANGED_LIMITS, reports });
  if (output === 'json') console.log(JSON.stringify(result, null, 2));
  tellEvent({ t: 'end', ok: result.failed === 0, durationMs, results: [result] });
  tellText(`\n${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`);
  if (record) writeResult(resultsFolder, result);
  return result.failed === 0 ? 0 : 1;
}

function settingsFor(address: string, ca: string): Settings {
  return {
    address,
    dial: (encoding) => dial(address, encoding, { tls: { ca } }),
    ca,
    level: 'durable',
    encodings: ENCODINGS,
    token: 'verify-token',
    readerToken: 'verify-reader-token',
    deniedTopic: 'verify-denied.x',
    patienceMs: PATIENCE_MS,
    limits: limitsWith(CHANGED_LIMITS),
    parallel: 4,
  };
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 2;
  },
);
