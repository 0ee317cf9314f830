/** The recorded mutation table, read once for the pages of all languages. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type MutantsResult, parseMutants } from '../../../tools/runs/mutants-schema.ts';

declare const data: MutantsResult | undefined;

export { data };

export default {
  watch: ['../../../reference/simulator/results/mutants.json'],
  load([file]: readonly string[]): MutantsResult | undefined {
    return file === undefined ? undefined : parseMutants(JSON.parse(readFileSync(resolve(file), 'utf8')));
  },
};
