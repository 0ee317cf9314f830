/** Sessions, and what the tests of presence ask of them. */

import { ProtocolError } from '@micro-socket/protocol';

export const phone = { user: 'ann', sessionId: 'phone' };
export const laptop = { user: 'ann', sessionId: 'laptop' };
export const bob = { user: 'bob', sessionId: 'desk' };

export const GRACE_MS = 15_000;

/** Longer than all retries together. */
export const RETRIES_MS = 20_000;

/** What a request was answered with, or the code of its refusal. */
export async function outcome(request: Promise<{ status: string }>): Promise<string> {
  try {
    return (await request).status;
  } catch (error) {
    return error instanceof ProtocolError ? error.code : (error as Error).message;
  }
}
