/** All checkers as one. Each knows only the history and the rule that it judges by. */

import { AccessChecker } from './access.ts';
import type { Checker, Report } from './checker.ts';
import { DedupChecker } from './dedup.ts';
import { DeliveryChecker } from './delivery.ts';
import { IntegrityChecker } from './integrity.ts';
import { LatencyChecker } from './latency.ts';
import { LivenessChecker } from './liveness.ts';
import { OrderChecker } from './order.ts';
import { ResumeChecker } from './resume.ts';
import { WireChecker } from './wire.ts';
import { World } from './world.ts';

/** Checkers for I1 to I7 and liveness, which are fed one history together. */
export function newCheckers(report: Report): Checker {
  const world = new World();
  const checkers: readonly Checker[] = [
    new AccessChecker(world, report),
    new DedupChecker(world, report),
    new OrderChecker(world, report),
    new DeliveryChecker(world, report),
    new WireChecker(world, report),
    new LatencyChecker(world, report),
    new ResumeChecker(world, report),
    new IntegrityChecker(world, report),
    new LivenessChecker(world, report),
  ];
  return {
    take(event) {
      world.enter(event);
      for (const checker of checkers) checker.take(event);
      world.settle(event);
    },
  };
}
