/** The reference gateway in this process, as the tests of the conformance suite verify it. */

import { readFileSync } from 'node:fs';
import { type AccessPolicy, StaticPolicy } from '@micro-socket/gateway';
import { type RunningGateway, serve } from '@micro-socket/gateway/node';
import { ENCODINGS, type Limits, limitsWith } from '@micro-socket/protocol';
import { parseAddress } from '@micro-socket/transport';
import { dial } from '@micro-socket/transport/node';
import { identity, trust } from '../../../reference/transport/test/support/identity.ts';
import type { Settings } from '../../src/verify/settings.ts';

export const MAIN_TOKEN = 'verify-token';
export const READER_TOKEN = 'verify-reader-token';
export const DENIED_TOPIC = 'verify-denied.x';

/** Bounds that let checks which wait for the gateway's clock, or fill it, end soon, and that a slow machine does not feel. */
const SMALL = { historyLengthMax: 400, topicsPerConnectionMax: 100, historyBytesMax: 1_000_000_000 };
export const INTACT_LIMITS = limitsWith({ ...SMALL, heartbeatMs: 5_000, headIntervalMs: 500 });
export const BROKEN_LIMITS = limitsWith({ ...SMALL, headIntervalMs: 200 });

/** A slow machine needs patience with a gateway that is right; one that is broken would only take as long to fail. */
const INTACT_PATIENCE_MS = 60_000;
const BROKEN_PATIENCE_MS = 6_000;

const policyFile = new URL('../../src/verify/policy.json', import.meta.url);

export function verifyPolicy(): AccessPolicy {
  return new StaticPolicy(JSON.parse(readFileSync(policyFile, 'utf8')));
}

/** Starts the gateway on these addresses, by default on one WebSocket. */
export function startGateway({
  limits,
  policy = verifyPolicy(),
  addresses = ['ws://127.0.0.1:0'],
}: {
  readonly limits: Limits;
  readonly policy?: AccessPolicy;
  readonly addresses?: readonly string[];
}): Promise<RunningGateway> {
  return serve({ addresses: addresses.map(parseAddress), policy, limits, tls: identity });
}

export function settingsFor(address: string, of: 'intact' | 'broken'): Settings {
  return {
    address,
    dial: (encoding) => dial(address, encoding, { tls: trust }),
    ca: trust.ca,
    level: 'durable',
    encodings: ENCODINGS,
    token: MAIN_TOKEN,
    readerToken: READER_TOKEN,
    deniedTopic: DENIED_TOPIC,
    patienceMs: of === 'intact' ? INTACT_PATIENCE_MS : BROKEN_PATIENCE_MS,
    limits: of === 'intact' ? INTACT_LIMITS : BROKEN_LIMITS,
    parallel: 4,
  };
}
