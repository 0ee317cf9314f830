import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LivePluginOptions } from '../../.vitepress/live/plugin.ts';
import { ask, type Json, ManualTimers, pidsFrom, refusalOf, startServer, type TestServer } from './harness.ts';
import { endNotedProcesses, isAlive, until, untilGone } from './processes.ts';
import { testTable } from './table.ts';

const GRACE_MS = 111;
const RUN_MS = 222;
const LIST_MS = 333;

let server: TestServer;
let timers: ManualTimers;

async function restart(options: LivePluginOptions = {}): Promise<void> {
  await server?.close();
  timers = new ManualTimers();
  const limits = { graceMs: GRACE_MS, runMs: RUN_MS, listMs: LIST_MS, ...options.limits };
  server = await startServer({ timers, ...options, limits });
}

beforeEach(() => restart());
afterEach(async () => {
  // A failed test may leave a group that ignores SIGTERM; the grace period has to pass for it.
  const closed = server.close();
  const nudge = setInterval(() => timers.pass(GRACE_MS), 20);
  await closed;
  clearInterval(nudge);
  await endNotedProcesses();
});

const run = (name: string, kind = 'e2e', options?: object) =>
  ask(server, { path: '/__live/run', body: { kind, name, ...(options === undefined ? {} : { options }) } });
const startExample = () => ask(server, { path: '/__live/example', body: { name: 'node-gateway' } });
const post = (route: string, body: unknown) => ask(server, { path: `/__live/${route}`, body });
const logsOf = (lines: readonly Json[]) =>
  lines.filter((line) => line['t'] === 'log').map((line) => String(line['line']));
const last = (lines: readonly Json[]) => lines.at(-1);

describe('a run', () => {
  it('streams its id, the events of the program and how it ended', async () => {
    const answer = await run('delivery');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const lines = await answer.rest();
    expect(lines.map((line) => line['t'])).toEqual(['run', 'plan', 'test-start', 'test-end', 'end', 'exit']);
    expect(last(lines)).toEqual({ t: 'exit', code: 0, reason: 'finished' });
  });

  it('of all end-to-end suites is asked for by the name "all"', async () => {
    const lines = await (await run('all')).rest();
    expect(lines.map((line) => line['t'])).toContain('end');
  });

  it('gets no words from the page but those that its options stand for', async () => {
    const table = { ...testTable, run: () => [...testTable.run('e2e', 'arguments', {}), '--events'] };
    await restart({ table });
    const lines = await (await run('arguments', 'e2e', {})).rest();
    expect(logsOf(lines)).toEqual(['["--events"]']);
  });

  it('passes on what is not an event as a log line, and nothing as anything else', async () => {
    const lines = await (await run('chatter')).rest();
    const logs = ['plain words', '{"t":"unknown"}', '{"t":"progress","done":-1,"total":1,"label":""}', '<b>bold</b>'];
    expect(logsOf(lines)).toEqual(expect.arrayContaining([...logs, 'a warning']));
    expect(lines.filter((line) => !['run', 'log', 'end', 'exit'].includes(String(line['t'])))).toEqual([]);
  });

  it('that fails says so with its exit code and its error output', async () => {
    const lines = await (await run('crash')).rest();
    expect(logsOf(lines)).toEqual(['something broke']);
    expect(last(lines)).toEqual({ t: 'exit', code: 3, reason: 'finished' });
  });

  it('is refused while another one goes on, and possible again afterwards', async () => {
    const first = await run('patient');
    await pidsFrom(first, 3);
    expect(await refusalOf(await run('delivery'))).toEqual({ status: 409, code: 'BUSY' });
    expect(await refusalOf(await run('fan-out', 'bench'))).toEqual({ status: 409, code: 'BUSY' });
    first.abort();
    // The first one is being ended; the next one waits for that instead of being refused.
    const next = await askUntilServed();
    expect(last(await next.rest())).toMatchObject({ reason: 'finished' });
  });

  it('starts only once when several are asked for at the same moment', async () => {
    const answers = await Promise.all([run('patient'), run('patient'), run('patient'), run('patient')]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409, 409]);
  });

  it('gets a scrubbed environment: what a program needs, and no secret of the dev server', async () => {
    const env = {
      PATH: process.env['PATH'],
      HOME: '/home/reader',
      LANG: 'tr_TR.UTF-8',
      NPM_TOKEN: 'secret',
      AWS_SECRET_ACCESS_KEY: 'secret',
      NODE_OPTIONS: '--inspect',
      MICRO_SOCKET_LIVE: '1',
    };
    await restart({ env });
    const lines = await (await run('environment')).rest();
    const seen = JSON.parse(String(logsOf(lines)[0])) as Record<string, string>;
    expect(seen).toMatchObject({ PATH: env.PATH, HOME: env.HOME, LANG: env.LANG, CI: '1', NO_COLOR: '1' });
    const allowed = ['PATH', 'HOME', 'LANG', 'CI', 'NO_COLOR', 'FORCE_COLOR'];
    expect(Object.keys(seen).filter((name) => !allowed.includes(name))).toEqual([]);
  });
});

describe('the end of a run', () => {
  it('comes to the whole process group when the page is left', async () => {
    const answer = await run('patient');
    const pids = await pidsFrom(answer, 3);
    answer.abort();
    await untilGone(pids);
  });

  it('comes to the whole process group when stop is asked for, and the page is told', async () => {
    const answer = await run('patient');
    const { id } = (await answer.next()) ?? {};
    const pids = await pidsFrom(answer, 3);
    expect((await post('stop', { id })).status).toBe(200);
    await untilGone(pids);
    expect(last(await answer.rest())).toEqual({ t: 'exit', code: null, reason: 'stopped' });
    expect((await post('stop', { id })).status).toBe(200);
  });

  it('cannot be asked for under an unknown id', async () => {
    expect(await refusalOf(await post('stop', { id: 'unknown' }))).toEqual({ status: 404, code: 'UNKNOWN_RUN' });
  });

  it('comes with SIGKILL to those who ignore SIGTERM, children included', async () => {
    const answer = await run('stubborn');
    const { id } = (await answer.next()) ?? {};
    const pids = await pidsFrom(answer, 2);
    const stopped = post('stop', { id });
    // The leader says that it got SIGTERM and ignores it.
    let line = await answer.next();
    while (line !== undefined && line['line'] !== 'SIGTERM is ignored') line = await answer.next();
    for (const pid of pids) expect(await isAlive(pid)).toBe(true);
    timers.pass(GRACE_MS);
    expect((await stopped).status).toBe(200);
    await untilGone(pids);
  });

  it('comes when the time limit passes', async () => {
    const answer = await run('patient');
    const pids = await pidsFrom(answer, 3);
    timers.pass(RUN_MS);
    expect(last(await answer.rest())).toEqual({ t: 'exit', code: null, reason: 'time-limit' });
    await untilGone(pids);
  });

  it('comes when more is printed than may be printed', async () => {
    await restart({ limits: { outputBytes: 200_000 } });
    const answer = await run('flood');
    const pids = await pidsFrom(answer, 1);
    const lines = await answer.rest();
    expect(last(lines)).toEqual({ t: 'exit', code: null, reason: 'output-limit' });
    expect(JSON.stringify(lines).length).toBeLessThan(250_000);
    await untilGone(pids);
  });

  it('comes to what the program left behind when it ended by itself', async () => {
    const answer = await run('leaver');
    const pids = await pidsFrom(answer, 1);
    expect(last(await answer.rest())).toEqual({ t: 'exit', code: 0, reason: 'finished' });
    await untilGone(pids);
  });

  it('is not held up by a descendant that left the group with the output open', async () => {
    const answer = await run('escaper');
    let escaped: number | undefined;
    while (escaped === undefined)
      escaped = Number(/^escaped (\d+)$/.exec(String((await answer.next())?.['line']))?.[1]) || undefined;
    try {
      await until('the reading is bounded', () => timers.waiting(GRACE_MS) > 0);
      timers.pass(GRACE_MS);
      expect(last(await answer.rest())).toMatchObject({ reason: 'finished' });
    } finally {
      process.kill(escaped, 'SIGKILL');
    }
  });

  it('comes when the Vite server closes, and closing waits for it', async () => {
    const answer = await run('stubborn');
    const gateway = await startExample();
    const pids = [...(await pidsFrom(answer, 2)), ...(await pidsFrom(gateway, 1))];
    const closing = server.vite.close();
    await until('the grace period runs', () => timers.waiting(GRACE_MS) > 0);
    // The run ignores SIGTERM, so the server is held open until the grace period is over.
    expect(server.vite.httpServer?.listening).toBe(true);
    timers.pass(GRACE_MS);
    await closing;
    // Killed by then, and gone as soon as the system gets to it.
    await untilGone(pids);
  });

  it('comes when Vite restarts, and the new server runs suites', async () => {
    const answer = await run('patient');
    const pids = await pidsFrom(answer, 3);
    await server.vite.restart();
    await untilGone(pids);
    const { liveModule } = await import('./harness.ts');
    server = { ...server, token: (await liveModule(server.port)).token };
    expect(last(await (await run('delivery')).rest())).toMatchObject({ code: 0 });
  });
});

describe('bounds on what is printed', () => {
  it('turn a line that is too long to be an event into the beginning of a log line', async () => {
    await restart({ limits: { lineChars: 5000, logChars: 100 } });
    const lines = await (await run('long-line')).rest();
    expect(logsOf(lines)).toEqual([`{"t":"log","line":"${'y'.repeat(81)}…`]);
    expect(lines.map((line) => line['t'])).toEqual(['run', 'log', 'end', 'exit']);
  });

  it('cut a log line that is too long', async () => {
    await restart({ limits: { logChars: 100 } });
    expect(logsOf(await (await run('long-line')).rest())).toEqual([`${'y'.repeat(100)}…`]);
  });

  it('make a program wait for a page that does not read', async () => {
    const answer = await run('flood');
    const [pid = 0] = await pidsFrom(answer, 1);
    // Nothing is read from here on; the program is still there and its output is not collected anywhere.
    let written = -1;
    let unchanged = 0;
    await until('the program waits', async () => {
      const now = await bytesWritten(pid);
      unchanged = now === written ? unchanged + 1 : 0;
      written = now;
      return unchanged === 20;
    });
    // Without the waiting it would have run into the limit of its output and been ended.
    expect(await isAlive(pid)).toBe(true);
    answer.abort();
    await untilGone([pid]);
  });
});

describe('the catalog', () => {
  const catalog = () => post('catalog', {});

  it('lists the suites as the command lines print them', async () => {
    const body = await (await catalog()).next();
    expect(body?.['bench']).toEqual([{ name: 'fan-out', title: 'Fan-out', tests: [] }]);
    expect(body?.['verify']).toEqual([{ name: 'verify', title: 'Conformance', tests: [] }]);
    expect(body?.['e2e']).toContainEqual(expect.objectContaining({ name: 'delivery' }));
  });

  it('is listed once for many callers', async () => {
    let listed = 0;
    const list: typeof testTable.list = (kind) => {
      listed += 1;
      return testTable.list(kind);
    };
    await restart({ table: { ...testTable, list } });
    await Promise.all([catalog(), catalog(), catalog()]);
    await catalog();
    expect(listed).toBe(3);
  });

  it('says why a list failed, and tries again at the next request', async () => {
    let broken = true;
    const list: typeof testTable.list = (kind) =>
      broken ? testTable.run('e2e', 'list-broken', {}) : testTable.list(kind);
    await restart({ table: { ...testTable, list } });
    const body = await (await catalog()).next();
    expect(body).toMatchObject({
      error: { code: 'CATALOG_FAILED', message: expect.stringContaining('cannot be read') },
    });
    expect(await refusalOf(await run('delivery'))).toEqual({ status: 502, code: 'CATALOG_FAILED' });
    broken = false;
    expect((await catalog()).status).toBe(200);
  });

  it('gives up on a list that does not end', async () => {
    await restart({ table: { ...testTable, list: () => testTable.run('e2e', 'patient', {}) } });
    const answer = catalog();
    await until('all lists are limited', () => timers.waiting(LIST_MS) === 3);
    timers.pass(LIST_MS);
    expect(await refusalOf(await answer)).toEqual({ status: 502, code: 'CATALOG_FAILED' });
  });
});

describe('an example', () => {
  it('says its address and its log, and ends with its own words', async () => {
    const answer = await startExample();
    const { id } = (await answer.next()) ?? {};
    expect(await answer.next()).toEqual({ t: 'started', address: 'ws://127.0.0.1:8080/ws' });
    const pids = await pidsFrom(answer, 1);
    await post('stop', { id });
    expect(await answer.rest()).toEqual([
      { t: 'log', line: 'closing' },
      { t: 'exit', code: 0, reason: 'stopped' },
    ]);
    await untilGone(pids);
  });

  it('runs beside a suite, but not beside another example', async () => {
    const gateway = await startExample();
    const pids = await pidsFrom(gateway, 1);
    expect(await refusalOf(await startExample())).toEqual({ status: 409, code: 'BUSY' });
    expect(last(await (await run('delivery')).rest())).toMatchObject({ code: 0 });
    gateway.abort();
    await untilGone(pids);
  });

  it('has no time limit', async () => {
    const gateway = await startExample();
    await pidsFrom(gateway, 1);
    expect(timers.waiting(RUN_MS)).toBe(0);
    gateway.abort();
  });
});

describe('saving', () => {
  async function finishedRun(name: string, kind = 'e2e'): Promise<unknown> {
    const lines = await (await run(name, kind)).rest();
    return lines[0]?.['id'];
  }
  const recorded = () => join(server.root, 'e2e/results/delivery.json');

  it('writes what the server received, checked and as a whole', async () => {
    const id = await finishedRun('delivery');
    const answer = await post('save', { id });
    expect(answer.status).toBe(200);
    expect(await answer.next()).toEqual({ id, files: ['e2e/results/delivery.json'] });
    expect(JSON.parse(await readFile(recorded(), 'utf8'))).toMatchObject({ kind: 'e2e', name: 'delivery', passed: 1 });
    expect(await readdir(join(server.root, 'e2e/results'))).toEqual(['delivery.json']);
  });

  it('takes no results from the page', async () => {
    const id = await finishedRun('delivery');
    const answer = await post('save', { id, results: [{ name: 'delivery' }] });
    expect(await refusalOf(answer)).toEqual({ status: 400, code: 'INVALID_BODY', field: 'results' });
    expect(existsSync(recorded())).toBe(false);
  });

  it('refuses an unknown run', async () => {
    expect(await refusalOf(await post('save', { id: 'unknown' }))).toEqual({ status: 404, code: 'UNKNOWN_RUN' });
  });

  it('refuses a run that goes on, and one that was stopped', async () => {
    const answer = await run('patient');
    const { id } = (await answer.next()) ?? {};
    await pidsFrom(answer, 3);
    expect(await refusalOf(await post('save', { id }))).toEqual({ status: 409, code: 'NOT_FINISHED' });
    await post('stop', { id });
    expect(await refusalOf(await post('save', { id }))).toEqual({ status: 409, code: 'NOT_FINISHED' });
  });

  it('refuses a run that ended without saying its results', async () => {
    const id = await finishedRun('crash');
    expect(await refusalOf(await post('save', { id }))).toEqual({ status: 409, code: 'NOT_FINISHED' });
  });

  it.each([
    ['of another suite', 'other-name', 'name'],
    ['whose name is a path', 'path-name', 'name'],
    ['whose counts are wrong', 'bad-result', 'passed'],
  ])('refuses a result %s, and writes nothing', async (_what, name, field) => {
    const id = await finishedRun(name);
    expect(await refusalOf(await post('save', { id }))).toEqual({ status: 422, code: 'INVALID_RESULT', field });
    expect(existsSync(join(server.root, 'e2e'))).toBe(false);
  });

  it('refuses a run without results', async () => {
    const id = await finishedRun('no-result');
    expect(await refusalOf(await post('save', { id }))).toEqual({ status: 422, code: 'INVALID_RESULT' });
  });

  it('leaves nothing half written when the file cannot be replaced', async () => {
    await mkdir(join(recorded(), 'a-folder-in-the-way'), { recursive: true });
    const silence = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect((await post('save', { id: await finishedRun('delivery') })).status).toBe(500);
    silence.mockRestore();
    expect(await readdir(join(server.root, 'e2e/results'))).toEqual(['delivery.json']);
  });

  it('replaces what was recorded before', async () => {
    await mkdir(join(server.root, 'e2e/results'), { recursive: true });
    await writeFile(recorded(), 'old');
    await post('save', { id: await finishedRun('delivery') });
    expect(await readFile(recorded(), 'utf8')).toMatch(/^\{\n {2}"schema": 1,/);
  });

  it('forgets runs that are too long ago', async () => {
    await restart({ limits: { heldRuns: 1 } });
    const old = await finishedRun('delivery');
    const recent = await finishedRun('delivery');
    expect(await refusalOf(await post('save', { id: old }))).toEqual({ status: 404, code: 'UNKNOWN_RUN' });
    expect((await post('save', { id: recent })).status).toBe(200);
  });
});

/** Asks for a run until the previous one is being ended, from when on the request is kept waiting and then served. */
async function askUntilServed() {
  let served = await run('delivery');
  await until('the slot is free', async () => {
    if (served.status === 409) served = await run('delivery');
    return served.status === 200;
  });
  return served;
}

/** How much a process has written so far; stays the same while it waits. */
async function bytesWritten(pid: number): Promise<number> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => 'wchar: 0');
  return Number(/wchar: (\d+)/.exec(io)?.[1]);
}
