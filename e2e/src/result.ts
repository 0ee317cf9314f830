import { provenanceOf } from '../../tools/runs/provenance.ts';
import type { E2eResult } from '../../tools/runs/result-schema.ts';
import type { SuiteOutcome } from './runner.ts';
import { SUITES } from './suites/index.ts';

const METHOD =
  'Each test talks to gateway processes of its own over real WebSockets on loopback, once in JSON and once in ' +
  'MessagePack, with a bare protocol client that checks every frame against the schemas. Tests wait for events, never ' +
  'for a time.';

/** What is recorded of a suite that has run. */
export function resultOf({ suite, startedAtMs, durationMs, tests }: SuiteOutcome): E2eResult {
  const passed = tests.filter(({ status }) => status === 'passed').length;
  return {
    schema: 1,
    kind: 'e2e',
    name: suite.name,
    title: suite.title,
    place: SUITES.indexOf(suite),
    method: METHOD,
    methodKey: 'e2e',
    provenance: provenanceOf(`npm run e2e -- ${suite.name}`, startedAtMs, durationMs),
    passed,
    failed: tests.length - passed,
    tests: tests.map(({ proves, ...outcome }) => ({ ...outcome, proves: [...proves] })),
  };
}
