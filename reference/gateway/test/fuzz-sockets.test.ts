import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@micro-socket/client/node';
import { ENCODINGS, type Encoding, limitsWith } from '@micro-socket/protocol';
import { type Connection, parseAddress } from '@micro-socket/transport';
import { dial } from '@micro-socket/transport/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { StaticPolicy } from '../src/index.ts';
import { type RunningGateway, serve } from '../src/node/index.ts';
import { hostileBody } from './support/hostile.ts';

const pem = (name: string) =>
  readFileSync(
    fileURLToPath(new URL(`../../transport/test/support/certificates/${name}.pem`, import.meta.url)),
    'utf8',
  );
const folder = mkdtempSync(join(tmpdir(), 'micro-socket-fuzz-'));
const SCHEMES = ['ws', 'wss', 'tcp', 'tls', 'ipc'] as const;
const FRAMES_PER_CONNECTION = 50;

let gateway: RunningGateway;
const internalErrors: unknown[] = [];

beforeAll(async () => {
  const actions = ['subscribe', 'publish', 'presence'];
  const everything = [{ pattern: '>', actions }];
  const addresses = SCHEMES.map((scheme) =>
    scheme === 'ipc' ? `ipc://${join(folder, 'fuzz.sock')}` : `${scheme}://127.0.0.1:0`,
  );
  gateway = await serve({
    addresses: addresses.map((address) => parseAddress(address)),
    tls: { cert: pem('certificate'), key: pem('key') },
    policy: new StaticPolicy({
      anonymous: { allow: everything },
      users: [{ name: 'ann', token: 'ann-token', allow: everything }],
    }),
    limits: limitsWith({ badFramesMax: 1_000, topicsMax: 2_000 }),
    onInternalError: (error) => internalErrors.push(error),
  });
});

afterAll(async () => {
  await gateway?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends the bodies and resolves when the gateway has dealt with all of them, or has closed the connection. */
async function attack(connection: Connection, encoding: Encoding, below: (bound: number) => number): Promise<void> {
  const over = new Promise<void>((resolve) => {
    connection.start({ onFrame() {}, onWritable() {}, onClose: () => resolve() });
  });
  for (let sent = 0; sent < FRAMES_PER_CONNECTION; sent++) connection.send(hostileBody(encoding, below));
  connection.close(1000, '');
  await over;
}

describe.each(SCHEMES)('hostile frames over %s (I1, §3)', (scheme) => {
  it.each(ENCODINGS)('in %s do no harm to anybody else, and leave nothing', async (encoding) => {
    const random = seededRandom(SCHEMES.indexOf(scheme) + 1);
    const below = (bound: number) => random.uint32() % bound;
    const address = gateway.addresses[SCHEMES.indexOf(scheme)] as string;
    const tls = { ca: pem('certificate') };
    for (let sent = 0; sent < runs(500); sent += FRAMES_PER_CONNECTION) {
      await attack(await dial(address, encoding, { tls }), encoding, below);
    }
    const witness = await connect(gateway.addresses[0] as string, { token: 'ann-token', encoding });
    const { status } = await witness.publish(`witness.${scheme}.${encoding}`, 1);
    expect(status).toBe('ok');
    await witness.close();
    expect(internalErrors).toEqual([]);
  });
});
