/** The programs of the fan-out benchmark. */

import type { DialectName } from '../dialects/dialects.ts';
import { missingBun } from '../processes/bun.ts';
import type { Runtime } from '../processes/child.ts';
import type { Servers } from '../processes/servers.ts';
import { missingMosquitto, startMosquitto } from './mosquitto.ts';
import { missingNats, startNats } from './nats.ts';
import { missingNchan, startNchan } from './nchan.ts';
import type { MaybePresent } from './presence.ts';

export interface FanOutProgram extends MaybePresent {
  readonly dialect: DialectName;
  /** Starts its servers, and resolves with the address. */
  start(servers: Servers): Promise<string>;
}

/** What all others are put beside. */
export const FLOOR = 'floor';

export interface ServedOptions {
  readonly runtime?: Runtime;
  readonly dialect?: DialectName;
}

/** A program that a module is. */
export function served(name: string, module: string, options: ServedOptions = {}): FanOutProgram {
  const { runtime = 'node', dialect = 'frames' } = options;
  return {
    name,
    dialect,
    ...(runtime === 'bun' ? { missing: missingBun } : {}),
    start: (servers) => servers.module('server', module, runtime),
  };
}

const here = (file: string) => new URL(file, import.meta.url).href;

/** Ours first. */
export const FAN_OUT_PROGRAMS: readonly FanOutProgram[] = [
  served('micro-socket', here('./micro-socket.ts')),
  served('micro-socket-bun', here('./micro-socket.ts'), { runtime: 'bun' }),
  served(FLOOR, here('./floor.ts')),
  served('ws-send-loop', here('./ws-send-loop.ts')),
  served('ws-preframed', here('./ws-preframed.ts')),
  served('socket.io', here('./socket-io.ts'), { dialect: 'socket.io' }),
  served('bun-publish', here('./bun-publish.ts'), { runtime: 'bun' }),
  served('elysia', here('./elysia.ts'), { runtime: 'bun' }),
  { name: 'nchan', dialect: 'nchan', missing: missingNchan, start: startNchan },
  { name: 'mosquitto', dialect: 'mqtt', missing: missingMosquitto, start: startMosquitto },
  { name: 'nats', dialect: 'nats', missing: missingNats, start: startNats },
];
