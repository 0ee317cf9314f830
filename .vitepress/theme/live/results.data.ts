/** The recorded results, read once for the pages of all languages. */

import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type BenchResult, type E2eResult, parseResult, type VerifyResult } from '../../../tools/runs/result-schema.ts';

/** What charts and tables need; the single measurements stay in the file. */
export type BenchFigures = Omit<BenchResult, 'raw'>;

export interface RecordedResults {
  readonly e2e: readonly E2eResult[];
  readonly bench: readonly BenchFigures[];
  /** Absent until the conformance suite was recorded. */
  readonly verify: VerifyResult | undefined;
  /** Anchors of the protocol page by section number: `4.2` is `subscribe`. */
  readonly sections: Readonly<Record<string, string>>;
}

declare const data: RecordedResults;

export { data };

const PROTOCOL_PAGE = 'docs/reference/protocol.md';

export default {
  watch: ['../../../e2e/results/*.json', '../../../bench/results/*.json', `../../../${PROTOCOL_PAGE}`],
  load(files: readonly string[]): RecordedResults {
    const e2e: E2eResult[] = [];
    const bench: BenchFigures[] = [];
    let verify: VerifyResult | undefined;
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      const result = readResult(file);
      if (result.kind === 'e2e') e2e.push(result);
      else if (result.kind === 'bench') bench.push(withoutRaw(result));
      else verify = result;
    }
    const page = files.find((name) => name.endsWith(PROTOCOL_PAGE));
    return { e2e, bench, verify, sections: page === undefined ? {} : sectionsOf(readFileSync(resolve(page), 'utf8')) };
  },
};

/** A page must not show a file that nobody checked, so a wrong file fails the build and names itself. */
function readResult(file: string) {
  try {
    const result = parseResult(JSON.parse(readFileSync(resolve(file), 'utf8')));
    if (`${result.name}.json` !== basename(file)) throw new Error(`it names ${result.name}`);
    return result;
  } catch (error) {
    throw new Error(`${file} is not a recorded result: ${error instanceof Error ? error.message : error}`);
  }
}

function withoutRaw({ raw: _raw, ...figures }: BenchResult): BenchFigures {
  return figures;
}

function sectionsOf(page: string): Record<string, string> {
  const headings = page.matchAll(/^#+ (\d+(?:\.\d+)*)\.? .*\{#([\w-]+)\}$/gm);
  return Object.fromEntries([...headings].map(([, number = '', anchor = '']) => [number, anchor]));
}
