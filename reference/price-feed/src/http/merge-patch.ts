/** JSON Merge Patch (RFC 7396): what is given takes the place of what was there, `null` removes it, all else stays. */

import type { JsonValue } from '@micro-socket/protocol';

export const MERGE_PATCH_TYPE = 'application/merge-patch+json';

/** The target with the patch in it; neither of them changes. The depth of the patch must have been bounded. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
