/** What the core must not touch: clocks, timers, chance, sockets, files. It is given them as arguments. */

import { importsOf } from './source-files.ts';

/** Folders that hold the core's edges to the world. Everything else in `reference/x/src` is core. */
const EDGES = /^reference\/[^/]+\/src\/(node|browser|system|jwt)\//;
const CORE = /^reference\/[^/]+\/src\//;

const FORBIDDEN: readonly [RegExp, string][] = [
  [/\bDate\b(?!Time)/, 'the clock (Date)'],
  [/\bperformance\b/, 'the clock (performance)'],
  [/\b(setTimeout|setInterval|setImmediate|queueMicrotask|requestAnimationFrame)\b/, 'a timer'],
  [/\bMath\.random\b|\bcrypto\b/, 'a random source'],
  [/\bnew WebSocket\b|\bfetch\(|\bnew XMLHttpRequest\b/, 'a socket'],
  [/\bprocess\.|\bBuffer\b|\bDeno\b|\bBun\b/, 'a runtime'],
];

export function isCore(path: string): boolean {
  return CORE.test(path) && !EDGES.test(path);
}

/** Says what a core file touches that it must not. */
export function impurities(path: string, source: string): string[] {
  if (!isCore(path)) return [];
  const code = withoutComments(source);
  const touched = FORBIDDEN.filter(([pattern]) => pattern.test(code)).map(([, what]) => `${path} touches ${what}`);
  const imported = importsOf(source)
    .filter((name) => name.startsWith('node:') || name === 'ws' || /\/(node|browser|system)(\/|$)/.test(name))
    .map((name) => `${path} imports ${name}`);
  return [...touched, ...imported];
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
}
