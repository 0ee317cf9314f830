import type { TestStatus } from '../../tools/runs/events.ts';
import { provenanceOf } from '../../tools/runs/provenance.ts';
import type { E2eResult } from '../../tools/runs/result-schema.ts';
import type { SuiteOutcome } from './runner.ts';
import type { Suite } from './suite.ts';
import { SUITES } from './suites/index.ts';
import { priceFeed } from './suites/price-feed.ts';
import { storms } from './suites/storms.ts';

const METHOD =
  'Each test talks to gateway processes of its own over real WebSockets on loopback, once in JSON and once in ' +
  'MessagePack, with a bare protocol client that checks every frame against the schemas. Tests wait for events, never ' +
  'for a time.';

const STORMS_METHOD =
  'Each test starts gateways and what is behind them as processes of their own, with a TCP proxy in each link. Programs ' +
  'with the reference client, in both encodings, publish and read while processes are killed and frozen and links are ' +
  'broken, as a seed decides. Afterwards everything is read back and compared with what was acknowledged, and the ' +
  'history of each round is judged by the checkers of the simulator. No time is asserted.';

const PRICE_FEED_METHOD =
  'Each test starts the price feed as a process of its own, many of them with an engine and further gateways, and talks ' +
  'to it over real WebSockets on loopback with the reference client, once in JSON and once in MessagePack where that ' +
  'makes a difference, and over HTTP. Every delivered price is computed a second time, in exact decimals, from the texts ' +
  'of recorded files and of margins. Tests wait for events, never for a time.';

/** How suites are run that are not run like the others. */
const METHODS = new Map<Suite, string>([
  [priceFeed, PRICE_FEED_METHOD],
  [storms, STORMS_METHOD],
]);

/** What is recorded of a suite that has run. */
export function resultOf({ suite, startedAtMs, durationMs, tests }: SuiteOutcome): E2eResult {
  const count = (of: TestStatus) => tests.filter(({ status }) => status === of).length;
  const own = METHODS.get(suite);
  return {
    schema: 1,
    kind: 'e2e',
    name: suite.name,
    title: suite.title,
    place: SUITES.indexOf(suite),
    ...(own === undefined ? { method: METHOD, methodKey: 'e2e' } : { method: own }),
    provenance: provenanceOf(`npm run e2e -- ${suite.name}`, startedAtMs, durationMs),
    passed: count('passed'),
    failed: count('failed'),
    tests: tests.map(({ proves, ...outcome }) => ({ ...outcome, proves: [...proves] })),
  };
}
