/** The three ways in which a run speaks: a table for people, one JSON document, or events for a program. */

import type { RunEvent, SuiteInfo } from '../../tools/runs/events.ts';
import type { BenchResult } from '../../tools/runs/result-schema.ts';
import type { Output } from './cli-options.ts';
import { tableText } from './table.ts';

export interface RunOutput {
  plan(suite: SuiteInfo, total: number): void;
  progress(done: number, total: number, label: string): void;
  /** Something worth a line that is no result. */
  log(line: string): void;
  /** The end. No result means that the run failed and has said why. */
  end(result: BenchResult | undefined, durationMs: number): void;
}

export function outputOf(kind: Output): RunOutput {
  if (kind === 'events') return eventOutput;
  const progress = process.stderr.isTTY ? progressLine : kind === 'table' ? progressLines : () => {};
  return {
    plan: () => {},
    progress,
    log: (line) => process.stderr.write(`${line}\n`),
    end: (result) => {
      if (result === undefined) return;
      process.stdout.write(kind === 'json' ? `${JSON.stringify(result)}\n` : tableText(result));
    },
  };
}

const eventOutput: RunOutput = {
  plan: (suite, total) => print({ t: 'plan', kind: 'bench', suites: [suite], total }),
  progress: (done, total, label) => print({ t: 'progress', done, total, label }),
  log: (line) => print({ t: 'log', line }),
  end: (result, durationMs) =>
    print({ t: 'end', ok: result !== undefined, durationMs, results: result === undefined ? [] : [result] }),
};

function print(event: RunEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function progressLines(done: number, total: number, label: string): void {
  process.stderr.write(`[${done}/${total}] ${label}\n`);
}

/** One line that is written over; the last one is wiped away for what comes next. */
function progressLine(done: number, total: number, label: string): void {
  process.stderr.write(`\r\u001b[2K${done < total ? `[${done}/${total}] ${label}` : ''}`);
}
