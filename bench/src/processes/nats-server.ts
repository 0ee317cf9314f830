/** Where the NATS server of this machine is. */

import { findProgram } from './find-program.ts';

/** Why there is no NATS server here, and what to do about that. */
export const NATS_MISSING =
  'There is no nats-server on this machine: install the package nats-server, or set NATS_SERVER to the path of one.';

/** The path of the server; `undefined` where there is none. */
export function findNatsServer(): string | undefined {
  return findProgram('nats-server', 'NATS_SERVER');
}
