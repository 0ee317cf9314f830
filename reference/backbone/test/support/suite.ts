/** What every backbone must do, whatever it is made of. An implementation's test calls `backboneSuite` with a maker. */

import { describe } from 'vitest';
import { anchorRules } from './anchor-rules.ts';
import { boundRules } from './bound-rules.ts';
import { dedupRules } from './dedup-rules.ts';
import { expectRules } from './expect-rules.ts';
import { extrasRules } from './extras-rules.ts';
import type { MakeBackbone } from './harness.ts';
import { historyRules } from './history-rules.ts';
import { modelRules } from './model-rules.ts';
import { orderRules } from './order-rules.ts';
import { snapshotRules } from './snapshot-rules.ts';
import { tailRules } from './tail-rules.ts';

export function backboneSuite(name: string, make: MakeBackbone): void {
  describe(`${name} keeps the contract of a backbone`, () => {
    orderRules(make);
    dedupRules(make);
    extrasRules(make);
    expectRules(make);
    historyRules(make);
    snapshotRules(make);
    tailRules(make);
    anchorRules(make);
    boundRules(make);
    modelRules(make);
  });
}
