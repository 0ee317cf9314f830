/** The layers of the project, and the rule that imports point downwards only. */

import { importsOf, resolveRelative } from './source-files.ts';

/** What each layer may import, itself aside. A package is imported by its name only, never by a path into it. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'reference/protocol': [],
  'reference/transport': ['reference/protocol'],
  'reference/client': ['reference/protocol', 'reference/transport'],
  'reference/backbone': ['reference/protocol', 'reference/transport', 'reference/client'],
  'reference/gateway': ['reference/protocol', 'reference/transport', 'reference/backbone'],
  'reference/simulator': [
    'reference/protocol',
    'reference/transport',
    'reference/backbone',
    'reference/client',
    'reference/gateway',
  ],
  'reference/price-feed': [
    'reference/protocol',
    'reference/transport',
    'reference/backbone',
    'reference/client',
    'reference/gateway',
  ],
  examples: ['reference/'],
  tools: ['tools'],
  e2e: ['reference/', 'tools'],
  bench: ['reference/', 'tools'],
};

const SCOPE = '@micro-socket/';

/** The layer that a path belongs to; `undefined` for tests, scripts and the site, which may import everything. */
export function layerOf(path: string): string | undefined {
  if (path.includes('/test/')) return undefined;
  const match = /^(reference\/[^/]+|examples|e2e|bench|tools)\//.exec(path);
  return match?.[1];
}

/** Says which imports of a file break the rule. */
export function layerBreaks(path: string, source: string): string[] {
  const layer = layerOf(path);
  if (layer === undefined) return [];
  const allowed = [layer, ...(MAY_IMPORT[layer] ?? [])];
  return importsOf(source).flatMap((name) => {
    const target = targetOf(path, name);
    if (target === undefined) return [];
    const intoAnother = name.startsWith('.') && target.startsWith('reference/') && !target.startsWith(`${layer}/`);
    if (!intoAnother && allowed.some((prefix) => target.startsWith(prefix))) return [];
    return [`${path} imports ${name}, which is not below ${layer}`];
  });
}

function targetOf(path: string, name: string): string | undefined {
  if (name.startsWith('.')) return resolveRelative(path, name);
  return name.startsWith(SCOPE) ? `reference/${name.slice(SCOPE.length).split('/')[0]}` : undefined;
}

/** The first cycle among files that import each other by relative paths, or `undefined`. */
export function findCycle(sources: ReadonlyMap<string, string>): string[] | undefined {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const name of importsOf(sources.get(path) ?? '')) {
      if (!name.startsWith('.')) continue;
      const cycle = visit(resolveRelative(path, name), [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of sources.keys()) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
