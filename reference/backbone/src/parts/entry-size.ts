/** What a message is charged against the bounds of history and rings. */

import { heldBytesOf } from '@micro-socket/protocol';
import type { Content } from './fingerprint.ts';

/** What keeping a message costs beside its content, in bytes: the entry itself, its id, its places in history and ring. */
const ENTRY_BYTES = 256;

/** About the memory that a message holds, in bytes; the same at every gateway that has it. */
export function entrySizeOf({ payload, key = '', ref = '', signature }: Content): number {
  return ENTRY_BYTES + heldBytesOf(payload) + 2 * (key.length + ref.length + (signature?.value.length ?? 0));
}
