/** Programs that are ended, frozen and started again. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort, giveBack } from '../src/free-port.ts';
import { HangError, orHang } from '../src/hang.ts';
import { Program } from '../src/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'micro-socket-program-'));
const file = join(folder, 'program.mjs');
writeFileSync(
  file,
  `const [what] = process.argv.slice(2);
   if (what === 'fail') { console.error('no room'); process.exit(3); }
   process.on('SIGTERM', () => process.exit(0));
   let ticks = 0;
   setInterval(() => console.log('tick ' + ++ticks), 5);
   console.log('ready as ' + what);`,
);
const programs: Program[] = [];

afterAll(async () => {
  await Promise.all(programs.map((program) => program.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

async function start(what: string) {
  const options = { name: 'it', command: process.execPath, words: [file, what], ready: /^ready as (\S+)$/ };
  const { program, ready } = await Program.start(options);
  programs.push(program);
  return { program, ready };
}

/** Resolves when it has printed something more. */
async function goesOn(program: Program): Promise<void> {
  const last = program.lines.at(-1);
  while (program.lines.at(-1) === last) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a program', () => {
  it('is ready when it says so, and ends as it is told to', async () => {
    const { program, ready } = await start('first');
    expect(ready[1]).toBe('first');
    expect(program.isRunning).toBe(true);
    expect(await program.end('SIGTERM')).toBe(0);
    expect([program.isRunning, program.crash]).toEqual([false, undefined]);
    expect((await program.restart())[1]).toBe('first');
    expect(await program.end('SIGKILL')).toBe('SIGKILL');
    expect((await program.restart([file, 'second']))[1]).toBe('second');
    await expect(program.restart()).rejects.toThrow('it runs already');
  });

  it('goes on after it was frozen, and can be killed while it is', async () => {
    const { program } = await start('frozen');
    await goesOn(program);
    program.pause();
    program.continue();
    await goesOn(program);
    program.pause();
    expect(await program.end('SIGKILL')).toBe('SIGKILL');
  });

  it('says why it could not be started', async () => {
    await expect(start('fail')).rejects.toThrow(/^it ended with 3: no room$/);
  });

  it('is noticed to end by itself', async () => {
    const { program } = await start('crash');
    program.signal('SIGKILL');
    while (program.crash === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(program.crash).toMatch(/^it ended with SIGKILL/);
  });
});

describe('a wait', () => {
  it('ends with its result, or says what hangs', async () => {
    expect(await orHang(Promise.resolve(7), 'never')).toBe(7);
    const never = orHang(new Promise(() => {}), 'nobody answers', 1);
    await expect(never).rejects.toThrow(HangError);
    await expect(never).rejects.toThrow('It hangs: nobody answers.');
  });
});

describe('a port that stays free', () => {
  it('is given out once, until it is given back', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) {
      expect(port).toBeLessThan(32_768);
      giveBack(port);
    }
  });
});
