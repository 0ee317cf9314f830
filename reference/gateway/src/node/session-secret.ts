/** The secret that resume keys are made with, kept in the folder of a disk backbone: so sessions survive a restart. */

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackboneAddress } from '@micro-socket/backbone';
import { SESSION_SECRET_BYTES_MIN } from '../core/session-keys.ts';

/** `undefined` for a backbone that has no folder. Throws what the file system throws. */
export function keptSecret(address: BackboneAddress): Uint8Array | undefined {
  if (address.kind !== 'disk') return undefined;
  const path = join(address.directory, 'session-secret');
  mkdirSync(address.directory, { recursive: true });
  try {
    // Only one of several that start at once makes it, and only its owner can read it.
    writeFileSync(path, randomBytes(SESSION_SECRET_BYTES_MIN), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = readFileSync(path);
  // A file that was cut short when the machine stopped is no secret; sessions then begin anew.
  return secret.length >= SESSION_SECRET_BYTES_MIN ? secret : undefined;
}
