/** What `npm run storms` makes of its command line. */

import { describe, expect, it } from 'vitest';
import { faultList, HELP, parseCommand, UsageError } from '../src/storms/cli-options.ts';
import { FAULT_NAMES } from '../src/storms/faults.ts';
import { BACKBONE_KINDS } from '../src/storms/settings.ts';

describe('the command line of the storms', () => {
  it('has a backbone, rounds and a seed where nothing is said', () => {
    const command = parseCommand([]);
    expect(command).toMatchObject({ mode: 'run', kind: 'engine', rounds: 10, faults: undefined });
    expect(command.seed).not.toBe(parseCommand([]).seed);
  });

  it('takes every option', () => {
    const words = '--backbone disk --rounds 300 --seed 42 --durability written --fault gateway-kill --history out';
    expect(parseCommand(words.split(' '))).toEqual({
      mode: 'run',
      kind: 'disk',
      rounds: 300,
      seed: 42,
      durability: 'written',
      faults: ['gateway-kill'],
      historyFolder: 'out',
    });
  });

  it.each([
    ['--backbone redis', /--backbone is one of memory, disk, engine, nats, not "redis"/],
    ['--rounds 0', /--rounds takes a whole number from 1 to 100000, not "0"/],
    ['--rounds many', /--rounds takes a whole number/],
    ['--seed -1', /--seed/],
    ['--seed 1.5', /--seed takes a whole number from 0 to 4294967295, not "1.5"/],
    ['--durability disk --backbone nats', /--durability is for --backbone disk and engine, not for nats/],
    ['--durability tape', /--durability is disk or written, not "tape"/],
    ['--fault fire', /There is no fault "fire". --list-faults shows/],
    ['--fault backbone-kill --backbone disk', /backbone-kill cannot happen with --backbone disk/],
    ['--unknown', /--unknown.*Try --help/],
    ['seven', /seven.*Try --help/],
  ])('refuses %s with a sentence that says what to do', (words, message) => {
    expect(() => parseCommand(words.split(' '))).toThrow(UsageError);
    expect(() => parseCommand(words.split(' '))).toThrow(message);
  });

  it('explains every backbone and every fault', () => {
    expect(parseCommand(['--help']).mode).toBe('help');
    expect(parseCommand(['--list-faults']).mode).toBe('list');
    for (const kind of BACKBONE_KINDS) expect(HELP).toContain(`  ${kind}`);
    expect(faultList().split('\n')).toHaveLength(FAULT_NAMES.length);
  });
});
