/** `npm run bench`: lists the benchmarks, or runs one and says what it found. */

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onProcessEnd } from '@micro-socket/gateway/node';
import { provenanceOf } from '../../tools/runs/provenance.ts';
import type { BenchResult } from '../../tools/runs/result-schema.ts';
import { writeResult } from '../../tools/runs/write-result.ts';
import { BENCHMARKS } from './catalog.ts';
import { type Command, HELP, listText, parseCommand, UsageError } from './cli-options.ts';
import { BenchError } from './errors.ts';
import { outputOf, type RunOutput } from './outputs.ts';

/** Where recorded results are kept, for the pages. */
const RESULTS = fileURLToPath(new URL('../results', import.meta.url));

/** What a shell says of a process that SIGTERM has ended. */
const EXIT_STOPPED = 143;

type RunCommand = Command & { kind: 'run' };

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command.kind === 'help') {
    process.stdout.write(HELP);
  } else if (command.kind === 'list') {
    process.stdout.write(command.json ? `${JSON.stringify(BENCHMARKS.map(({ info }) => info))}\n` : listText());
  } else {
    await run(command);
  }
}

async function run(command: RunCommand): Promise<void> {
  const stop = new AbortController();
  onProcessEnd(() => stop.abort());
  // Whoever read the output is gone, so nobody is left to measure for.
  process.stdout.on('error', () => stop.abort());
  const output = outputOf(command.output);
  const startedAt = performance.now();
  let result: BenchResult | undefined;
  try {
    result = await measure(command, output, stop.signal);
    if (command.record) output.log(`recorded in ${relative('', writeResult(RESULTS, result))}`);
  } catch (error) {
    process.exitCode = stop.signal.aborted ? EXIT_STOPPED : 1;
    output.log(error instanceof BenchError ? `${error.code}: ${error.message}` : String(error));
  }
  output.end(result, performance.now() - startedAt);
}

async function measure(command: RunCommand, output: RunOutput, signal: AbortSignal): Promise<BenchResult> {
  const { benchmark, quick } = command;
  const { name } = benchmark.info;
  const prepared = benchmark.prepare(quick);
  output.plan(benchmark.info, prepared.total);
  const [startedAtMs, startedAt] = [Date.now(), performance.now()];
  const onProgress = (done: number, total: number, label: string) => output.progress(done, total, label);
  const { method, methodKey, settings, layout, rows, skipped = [], raw } = await prepared.run({ signal, onProgress });
  const again = `npm run bench -- ${name}${quick ? ' --quick' : ''}`;
  return {
    schema: 1,
    kind: 'bench',
    name,
    method,
    methodKey,
    provenance: provenanceOf(again, startedAtMs, performance.now() - startedAt),
    settings: { quick, ...settings },
    layout,
    rows: [...rows],
    ...(skipped.length === 0 ? {} : { skipped: [...skipped] }),
    raw: [...raw],
  };
}

main().catch((error: Error) => {
  process.stderr.write(`${error instanceof UsageError ? error.message : (error.stack ?? error.message)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
