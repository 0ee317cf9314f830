import { describe, expect, it } from 'vitest';
import { SUITES } from '../../e2e/src/suites/index.ts';
import { titles as es } from '../../e2e/src/titles/es.ts';
import { titles as tr } from '../../e2e/src/titles/tr.ts';
import { CONFORMANCE } from '../../e2e/src/verify/matrix-events.ts';
import { parseResult } from '../../tools/runs/result-schema.ts';
import { findCycle, layerBreaks } from './layers.ts';
import { impurities, isCore } from './purity.ts';
import { projectFiles, read } from './source-files.ts';

const sources = new Map(
  projectFiles(/^(reference|examples|e2e|bench|tools|scripts|\.vitepress)\/.*\.(ts|vue)$/).map((path) => [
    path,
    read(path),
  ]),
);

describe('layers', () => {
  it('finds an import that points upwards, and one into the inside of another package', () => {
    const upwards = "import { Gateway } from '@micro-socket/gateway';";
    const inside = "import { Ring } from '../../../reference/gateway/src/core/ring.ts';";
    expect(layerBreaks('reference/transport/src/x.ts', upwards)).toHaveLength(1);
    expect(layerBreaks('reference/protocol/src/a/x.ts', inside)).toHaveLength(1);
    expect(layerBreaks('examples/a/src/x.ts', inside)).toHaveLength(1);
    expect(layerBreaks('examples/a/src/x.ts', upwards)).toHaveLength(0);
  });

  it('finds a cycle', () => {
    const cyclic = new Map([
      ['a/one.ts', "import type { Two } from './two.ts';"],
      ['a/two.ts', "import { one } from './one.ts';"],
    ]);
    expect(findCycle(cyclic)).toEqual(['a/one.ts', 'a/two.ts', 'a/one.ts']);
  });

  it('has imports that point downwards only', () => {
    expect([...sources].flatMap(([path, source]) => layerBreaks(path, source))).toEqual([]);
  });

  it('has no cycle among its files', () => {
    expect(findCycle(sources)).toBeUndefined();
  });
});

describe('the core', () => {
  it('is told apart from its edges, and each thing that it must not touch is found', () => {
    const bad = [
      'const now = Date.now();',
      'setTimeout(go, 1);',
      'Math.random();',
      'new WebSocket(address);',
      "import { x } from 'node:fs';",
      "import { dial } from '@micro-socket/transport/node';",
    ];
    for (const line of bad) expect(impurities('reference/client/src/core/x.ts', line), line).toHaveLength(1);
    expect(impurities('reference/client/src/node/x.ts', bad.join('\n'))).toEqual([]);
    expect(impurities('reference/client/src/core/x.ts', '// Date.now() is not for us.')).toEqual([]);
  });

  it('touches no clock, timer, random source or socket', () => {
    expect([...sources.keys()].filter(isCore).length).toBeGreaterThan(30);
    expect([...sources].flatMap(([path, source]) => impurities(path, source))).toEqual([]);
  });
});

describe('the end-to-end suites', () => {
  const ids = [...SUITES, CONFORMANCE].flatMap(({ name, tests }) => [name, ...tests.map(({ id }) => `${name}/${id}`)]);

  it('have a title for every suite and test in Turkish and Spanish, and no title of a test that is gone', () => {
    expect(Object.keys(tr).toSorted()).toEqual(ids.toSorted());
    expect(Object.keys(es).toSorted()).toEqual(ids.toSorted());
  });

  it('have a recorded result that lists the same tests', () => {
    for (const { name, tests } of SUITES) {
      const result = parseResult(JSON.parse(read(`e2e/results/${name}.json`)));
      if (result.kind !== 'e2e') throw new Error(`${name} is no end-to-end result`);
      expect(result.tests.map(({ id, title }) => ({ id, title }))).toEqual(
        tests.map(({ id, title }) => ({ id, title })),
      );
    }
  });
});

describe('the conformance suite', () => {
  it('has a recorded result with the same checks, and none of them failed', () => {
    const result = parseResult(JSON.parse(read('e2e/results/verify.json')));
    if (result.kind !== 'verify') throw new Error('it is no result of the conformance suite');
    const recorded = result.checks.map(({ id, title }) => ({ id, title }));
    expect(recorded).toEqual(CONFORMANCE.tests.map(({ id, title }) => ({ id, title })));
    expect(result.failed).toBe(0);
  });
});

describe('the project', () => {
  it('names every npm script in the table of the README', () => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
    const readme = read('README.md');
    for (const script of scripts) expect(readme, script).toMatch(new RegExp(`\\| \`npm (run )?${script}\\b`));
  });

  it('has lock files without download addresses', () => {
    for (const path of projectFiles(/(^|\/)package-lock\.json$/)) {
      expect(read(path), path).not.toMatch(/"resolved": "(https?|git)/);
    }
  });

  it('pins every dependency to one version', () => {
    for (const path of projectFiles(/(^|\/)package\.json$/)) {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(read(path));
      for (const version of Object.values({ ...dependencies, ...devDependencies })) {
        expect(version, path).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      }
    }
  });
});
