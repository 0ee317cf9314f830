/** What a run of the conformance suite is told about the gateway under test. */

import type { Encoding, Limits } from '@micro-socket/protocol';
import type { Connection } from '@micro-socket/transport';
import type { Level } from './level.ts';

/** Opens one connection to the gateway under test. Rejects when nobody answers there. */
export type Dial = (encoding: Encoding) => Promise<Connection>;

export interface Settings {
  /** `ws://127.0.0.1:8080/ws`, for the report, and for the checks of HTTP beside a WebSocket. */
  readonly address: string;
  readonly dial: Dial;
  /** The certificate authority of a gateway that speaks TLS, as PEM. */
  readonly ca?: string | undefined;
  /** Checks of this level and of those before it are made. */
  readonly level: Level;
  readonly encodings: readonly Encoding[];
  /** May publish, subscribe and be present on `verify.>`. Without it the checks are anonymous. */
  readonly token?: string | undefined;
  /** Another user, who may only subscribe on `verify.>`. */
  readonly readerToken?: string | undefined;
  /** A topic on which `token` may do nothing. */
  readonly deniedTopic: string;
  /** How long something that must come may take. It is no speed limit, and only failures wait this long. */
  readonly patienceMs: number;
  /** The bounds of §8 that the gateway keeps and does not tell in `ready`. */
  readonly limits: Limits;
  /** How many checks are made at the same time. */
  readonly parallel: number;
}
