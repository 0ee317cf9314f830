import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { identity, trust } from '../../../transport/test/support/identity.ts';
import { ids, publish, publishAll, storedIds } from '../../suite/harness.ts';
import { NATS_MISSING } from './support/nats-server.ts';
import { connectBackbone, connectPlainly, eventually, startServer } from './support/setting.ts';

const skipped = NATS_MISSING === undefined ? '' : ` — skipped: ${NATS_MISSING}`;

describe.skipIf(NATS_MISSING !== undefined)(`NatsBackbone.connect${skipped}`, () => {
  it('makes two streams in files, and says what they promise', async () => {
    const server = await startServer();
    const backbone = await connectBackbone(server);
    expect(backbone).toMatchObject({
      durability: 'written',
      retentionMessagesMax: DEFAULT_LIMITS.historyLengthMax - 1,
      dedupWindowMs: DEFAULT_LIMITS.dedupWindowMs,
      problem: undefined,
    });
    const { jsm } = await connectPlainly(server);
    expect((await jsm.streams.info('MS')).config).toMatchObject({
      subjects: ['ms.t.MS.>'],
      republish: { src: 'ms.t.MS.>', dest: 'ms.d.MS.>' },
      storage: 'file',
      retention: 'limits',
      discard: 'old',
      max_msgs_per_subject: DEFAULT_LIMITS.historyLengthMax,
      duplicate_window: DEFAULT_LIMITS.dedupWindowMs * 1_000_000,
      num_replicas: 1,
      allow_direct: true,
      deny_delete: true,
      deny_purge: true,
    });
    expect((await jsm.streams.info('MS_STATE')).config).toMatchObject({ max_msgs_per_subject: 1, storage: 'file' });
  });

  it('finds the streams of the last time, with all that is in them', async () => {
    const server = await startServer();
    const before = await connectBackbone(server, { limits: { historyLengthMax: 5 } });
    await publishAll(before, ids(3));
    const head = await before.head('a');
    await before.close();
    const after = await connectBackbone(server, { limits: { historyLengthMax: 5 } });
    expect(await storedIds(after)).toEqual(ids(3));
    expect(await after.head('a')).toEqual(head);
  });

  it('several that begin at the same time agree on the epochs', async () => {
    for (let round = 0; round < 3; round++) {
      const server = await startServer();
      const backbones = await Promise.all(ids(4).map(() => connectBackbone(server)));
      const epochs = async () => new Set(await Promise.all(backbones.map(async (one) => (await one.head('a')).epoch)));
      await eventually(async () => (await epochs()).size === 1);
    }
  });

  it('refuses a stream that is made otherwise, names each field, and changes nothing', async () => {
    const server = await startServer();
    await (await connectBackbone(server)).close();
    const others = { historyLengthMax: 7, dedupWindowMs: 5_000 };
    await expect(connectBackbone(server, { limits: others })).rejects.toMatchObject({
      name: 'StreamMismatchError',
      code: 'STREAM_MISMATCH',
      stream: 'MS',
      differences: [
        { field: 'max_msgs_per_subject', is: DEFAULT_LIMITS.historyLengthMax, mustBe: 7 },
        { field: 'duplicate_window', is: DEFAULT_LIMITS.dedupWindowMs * 1_000_000, mustBe: 5_000_000_000 },
      ],
      message: expect.stringMatching(/max_msgs_per_subject is 1024 and must be 7; duplicate_window is/),
    });
    const { jsm } = await connectPlainly(server);
    expect((await jsm.streams.info('MS')).config.max_msgs_per_subject).toBe(DEFAULT_LIMITS.historyLengthMax);
  });

  it.each([
    ['storage', { storage: 'memory' }],
    ['republish', { republish: undefined }],
    ['republish', { republish: { src: 'ms.t.MS.>', dest: 'elsewhere.>' } }],
    ['republish', { republish: { src: 'ms.t.MS.>', dest: 'ms.d.MS.>', headers_only: true } }],
    ['allow_direct', { allow_direct: false }],
    ['deny_delete', { deny_delete: false }],
    ['deny_purge', { deny_purge: false }],
    ['discard', { discard: 'new' }],
    ['retention', { retention: 'interest' }],
    ['max_age', { max_age: 60_000_000_000, duplicate_window: 60_000_000_000 }],
    ['max_bytes', { max_bytes: 1_000_000 }],
    ['max_msgs', { max_msgs: 1_000 }],
    ['subjects', { subjects: ['ms.t.MS.>', 'more.>'] }],
  ])('a stream that differs in %s is refused: %j', async (field, change) => {
    const server = await startServer();
    const backbone = await connectBackbone(server);
    const { jsm } = await connectPlainly(server);
    const { config } = await jsm.streams.info('MS');
    await backbone.close();
    await jsm.streams.delete('MS');
    await jsm.streams.add({ ...config, ...(change as object) });
    await expect(connectBackbone(server)).rejects.toMatchObject({
      code: 'STREAM_MISMATCH',
      message: expect.stringContaining(`${field} is `),
    });
  });

  it('a stream that is made otherwise while it runs is its problem, and ends with it', async () => {
    const server = await startServer();
    const problems: (string | undefined)[] = [];
    const backbone = await connectBackbone(server, { onProblem: (problem) => problems.push(problem) });
    const { jsm } = await connectPlainly(server);
    const { config } = await jsm.streams.info('MS');
    await jsm.streams.delete('MS');
    await jsm.streams.add({ name: 'MS', subjects: ['ms.t.MS.>'] });
    await server.kill();
    await server.start();
    await eventually(() => backbone.problem?.includes('republish') === true);
    const later = await connectPlainly(server);
    await later.jsm.streams.delete('MS');
    await later.jsm.streams.add(config).catch(() => {});
    expect((await publish(backbone, 'm1')).status).toBe('ok');
    expect(backbone.problem).toBeUndefined();
    expect(problems.at(-1)).toBeUndefined();
  });

  it('two stream names are two backbones', async () => {
    const server = await startServer();
    const one = await connectBackbone(server, { stream: 'ONE' });
    const two = await connectBackbone(server, { stream: 'TWO' });
    await publish(one, 'm1');
    await publish(two, 'm2');
    expect(await storedIds(one)).toEqual(['m1']);
    expect(await storedIds(two)).toEqual(['m2']);
  });

  it.each(['', 'a.b', 'a*', '>', 'a b', 'ş', 'x'.repeat(201)])('refuses the stream name %j', async (stream) => {
    await expect(connectBackbone({ url: 'nats://127.0.0.1:1' }, { stream })).rejects.toThrow(RangeError);
  });

  it('refuses a dedup window that NATS cannot have', async () => {
    const connecting = connectBackbone({ url: 'nats://127.0.0.1:1' }, { limits: { dedupWindowMs: 99 } });
    await expect(connecting).rejects.toThrow(/dedupWindowMs below 100/);
  });

  it('names the address where there is no server', async () => {
    await expect(connectBackbone({ url: 'nats://127.0.0.1:1' })).rejects.toMatchObject({
      name: 'NatsConnectError',
      code: 'NATS_UNREACHABLE',
      message: 'No NATS server can be reached at nats://127.0.0.1:1: connection refused.',
    });
  });

  it('names the address where its credentials are refused, and gets in with the right ones', async () => {
    const server = await startServer({ config: 'authorization { user: desk, password: secret }' });
    for (const credentials of [undefined, { user: 'desk', password: 'wrong' }, { token: 'secret' }]) {
      await expect(connectBackbone(server, { credentials })).rejects.toMatchObject({
        name: 'NatsConnectError',
        code: 'NATS_REFUSED',
        message: expect.stringContaining(server.url),
      });
    }
    const backbone = await connectBackbone(server, { credentials: { user: 'desk', password: 'secret' } });
    expect((await publish(backbone, 'm1')).status).toBe('ok');
  });

  it('gets in with a token', async () => {
    const server = await startServer({ config: 'authorization { token: "t0ken" }' });
    await expect(connectBackbone(server, { credentials: { token: 'other' } })).rejects.toMatchObject({
      code: 'NATS_REFUSED',
    });
    const backbone = await connectBackbone(server, { credentials: { token: 't0ken' } });
    expect((await publish(backbone, 'm1')).status).toBe('ok');
  });

  it('gets in with what the address says, and says nothing secret of it', async () => {
    const server = await startServer({ config: 'authorization { user: desk, password: "s:cret" }' });
    const named = (name: string) => ({ url: server.url.replace('nats://', `nats://${name}@`) });
    const backbone = await connectBackbone(named('desk:s%3Acret'));
    expect((await publish(backbone, 'm1')).status).toBe('ok');
    await server.kill();
    await eventually(() => backbone.problem !== undefined);
    expect(backbone.problem).toBe(`The NATS server at ${server.url} cannot be reached.`);
    await server.start();
    await expect(connectBackbone(named('desk:wrong'))).rejects.toMatchObject({
      code: 'NATS_REFUSED',
      message: expect.not.stringMatching(/desk|wrong/),
    });
  });

  it('speaks TLS with tls://, and only with whom it trusts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'micro-socket-nats-tls-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const [name, text] of Object.entries(identity)) await writeFile(join(folder, name), text);
    const config = `tls { cert_file: "${join(folder, 'cert')}", key_file: "${join(folder, 'key')}" }`;
    const server = await startServer({ config });
    const url = server.url.replace('nats://', 'tls://');
    const backbone = await connectBackbone({ url }, { tls: trust });
    expect((await publish(backbone, 'm1')).status).toBe('ok');
    await expect(connectBackbone({ url })).rejects.toMatchObject({ code: 'NATS_UNREACHABLE' });

    const plain = await startServer();
    const unencrypted = connectBackbone({ url: plain.url.replace('nats://', 'tls://') });
    await expect(unencrypted).rejects.toMatchObject({
      code: 'NATS_UNREACHABLE',
      message: expect.stringMatching(/tls/i),
    });
  });

  it('refuses a server without JetStream', async () => {
    const server = await startServer({ jetStream: false });
    await expect(connectBackbone(server)).rejects.toMatchObject({
      name: 'NatsUnsuitableError',
      code: 'NATS_UNSUITABLE',
      message: expect.stringContaining('without JetStream'),
    });
  });

  it('refuses an account without JetStream', async () => {
    const account = (name: string, jetStream: string) =>
      `${name}: { users: [{ user: ${name}, password: ${name} }], jetstream: ${jetStream} }`;
    const server = await startServer({
      config: `accounts { ${account('a', 'disabled')}, ${account('b', 'enabled')} }`,
    });
    const connecting = connectBackbone(server, { credentials: { user: 'a', password: 'a' } });
    await expect(connecting).rejects.toMatchObject({
      code: 'NATS_UNSUITABLE',
      message: expect.stringContaining('not enabled for this account'),
    });
    const backbone = await connectBackbone(server, { credentials: { user: 'b', password: 'b' } });
    expect((await publish(backbone, 'm1')).status).toBe('ok');
  });
});
