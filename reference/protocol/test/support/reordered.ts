import type { JsonValue } from '../../src/index.ts';

/** The same value with the keys of its objects in another order, at every level. */
export function reordered(value: JsonValue, rotation: number): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => reordered(item, rotation));
  const members = Object.entries(value).map(([key, item]) => [key, reordered(item, rotation)] as const);
  const start = members.length === 0 ? 0 : rotation % members.length;
  return Object.fromEntries([...members.slice(start), ...members.slice(0, start)].toReversed());
}
