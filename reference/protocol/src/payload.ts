/**
 * What a payload may be: a JSON value that has the same meaning in both encodings. §3.3 of the protocol.
 *
 * A payload published in one encoding is delivered in the other, so whatever one of them cannot say exactly is refused
 * at the door (I7): binary and extension types, numbers beyond 2^53 - 1, NaN and infinities, lone surrogates, the
 * key `__proto__`, and nesting that would exhaust a stack.
 */

/** How deep a payload may be nested. Part of the protocol, so that a payload which one gateway takes is good anywhere. */
export const PAYLOAD_DEPTH_MAX = 64;

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

const BEYOND_EXACT = 'has a number beyond 2^53 - 1';

/** Says what is wrong with `value` as a payload, or `undefined` if nothing is. */
export function payloadProblem(value: unknown, depthMax = PAYLOAD_DEPTH_MAX): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : 'has a string with a lone surrogate';
    case 'number':
      return numberProblem(value);
    case 'boolean':
      return undefined;
    case 'object':
      return value === null ? undefined : containerProblem(value, depthMax);
    case 'bigint':
      return BEYOND_EXACT;
    default:
      return `has a value of type ${typeof value}`;
  }
}

/** Beyond 2^53 - 1 two integers are one double, so a number there is not known to be the one that was meant. */
function numberProblem(value: number): string | undefined {
  if (!Number.isFinite(value)) return 'has a number that is not finite';
  return Math.abs(value) > Number.MAX_SAFE_INTEGER ? BEYOND_EXACT : undefined;
}

function containerProblem(value: object, depthMax: number): string | undefined {
  if (depthMax === 0) return 'is nested too deeply';
  if (Array.isArray(value)) return firstProblem(value, depthMax - 1);
  if (Object.getPrototypeOf(value) !== Object.prototype) return 'has a binary or extension value';
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return 'has the key __proto__';
    if (!key.isWellFormed()) return 'has a key with a lone surrogate';
  }
  return firstProblem(Object.values(value), depthMax - 1);
}

function firstProblem(values: readonly unknown[], depthMax: number): string | undefined {
  for (const value of values) {
    const problem = payloadProblem(value, depthMax);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
