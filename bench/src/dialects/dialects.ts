/** The dialects by name: a name can be told to another process. */

import type { Dialect } from './dialect.ts';
import { FRAMES } from './frames.ts';
import { MQTT } from './mqtt.ts';
import { NATS } from './nats.ts';
import { NCHAN } from './nchan.ts';
import { SOCKET_IO } from './socket-io.ts';

export const DIALECTS = {
  frames: FRAMES,
  'socket.io': SOCKET_IO,
  mqtt: MQTT,
  nats: NATS,
  nchan: NCHAN,
} as const satisfies Readonly<Record<string, Dialect>>;

export type DialectName = keyof typeof DIALECTS;
