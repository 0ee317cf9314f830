import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, refusalOf, startServer, type TestServer } from './harness.ts';

describe('the body of a request', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const run = (body: unknown) => ask(server, { path: '/__live/run', body });

  it.each([
    ['an unknown kind', { kind: 'shell', name: 'delivery' }, 'kind'],
    ['no kind', { name: 'delivery' }, 'kind'],
    ['a list', [], 'kind'],
    ['no name', { kind: 'e2e' }, 'name'],
    ['a name that is no text', { kind: 'e2e', name: 5 }, 'name'],
    ['a path as a name', { kind: 'e2e', name: '../delivery' }, 'name'],
    ['an option as a name', { kind: 'e2e', name: '--record' }, 'name'],
    ['a second line in the name', { kind: 'e2e', name: 'delivery\n' }, 'name'],
    ['arguments', { kind: 'e2e', name: 'delivery', args: ['--record'] }, 'args'],
    ['an environment', { kind: 'bench', name: 'fan-out', env: { NODE_OPTIONS: '-r x' } }, 'env'],
    ['a choice of tests', { kind: 'e2e', name: 'delivery', options: { tests: ['x'] } }, 'options.tests'],
    ['a benchmark option for tests', { kind: 'e2e', name: 'delivery', options: { quick: true } }, 'options.quick'],
    ['an unknown option', { kind: 'bench', name: 'fan-out', options: { record: true } }, 'options.record'],
    [
      'an option that is no boolean',
      { kind: 'bench', name: 'fan-out', options: { quick: '--record' } },
      'options.quick',
    ],
    ['options that are no object', { kind: 'bench', name: 'fan-out', options: [] }, 'options'],
  ])('with %s is refused, and the field is named', async (_what, body, field) => {
    expect(await refusalOf(await run(body))).toEqual({ status: 400, code: 'INVALID_BODY', field });
  });

  it.each(['', '{', 'null', '"run"', '\u0000'])('that is %j is refused', async (rawBody) => {
    expect((await refusalOf(await ask(server, { path: '/__live/run', rawBody }))).code).toBe('INVALID_BODY');
  });

  it('that is not UTF-8 is refused', async () => {
    const rawBody = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
    expect((await refusalOf(await ask(server, { path: '/__live/run', rawBody }))).code).toBe('INVALID_BODY');
  });

  it.each(['stop', 'save', 'example', 'catalog'])('of %s is closed as well', async (route) => {
    const answer = await ask(server, { path: `/__live/${route}`, body: { id: 'x', name: 'node-gateway', more: 1 } });
    expect(await refusalOf(answer)).toMatchObject({ status: 400, code: 'INVALID_BODY' });
  });

  it('may have 16 KiB and not one byte more', async () => {
    const padded = (bytes: number): string => {
      const text = '{"kind":"e2e","name":"unknown"}';
      return text + ' '.repeat(bytes - text.length);
    };
    const most = await ask(server, { path: '/__live/run', rawBody: padded(16 * 1024) });
    expect(await refusalOf(most)).toEqual({ status: 404, code: 'UNKNOWN_SUITE' });
    const more = await ask(server, { path: '/__live/run', rawBody: padded(16 * 1024 + 1) });
    expect(await refusalOf(more)).toEqual({ status: 413, code: 'BODY_TOO_LARGE' });
  });

  it.each(['unknown', 'constructor', 'tostring'])(
    'that asks for the suite %s, which is not listed, is refused',
    async (name) => {
      expect(await refusalOf(await run({ kind: 'e2e', name }))).toEqual({ status: 404, code: 'UNKNOWN_SUITE' });
    },
  );

  it('that asks for a suite of the other kind is refused', async () => {
    expect(await refusalOf(await run({ kind: 'bench', name: 'delivery' }))).toEqual({
      status: 404,
      code: 'UNKNOWN_SUITE',
    });
    expect(await refusalOf(await run({ kind: 'bench', name: 'all' }))).toEqual({ status: 404, code: 'UNKNOWN_SUITE' });
  });

  it('that asks for an unknown example is refused', async () => {
    const answer = await ask(server, { path: '/__live/example', body: { name: 'constructor' } });
    expect(await refusalOf(answer)).toEqual({ status: 404, code: 'UNKNOWN_EXAMPLE' });
  });
});
