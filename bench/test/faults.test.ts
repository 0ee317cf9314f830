/**
 * The harness must be able to fail: each of these servers does one thing wrong, once.
 * It wrongs the second subscriber that reaches it; the subscribers connect at once, so that it may be any of them.
 */

import { expect, test } from 'vitest';
import type { DialectName } from '../src/dialects/dialects.ts';
import type { BenchErrorCode } from '../src/errors.ts';
import { type FanOutPlan, fanOutPlan } from '../src/fan-out/plan.ts';
import { runFanOut } from '../src/fan-out/run.ts';
import { served } from '../src/programs/program.ts';

const plan: FanOutPlan = {
  ...fanOutPlan(true),
  subscribers: [3],
  messagesPerTurn: [4],
  others: { payloadBytes: [], subscribers: [] },
  repetitions: 2,
  repetitionMs: 0,
  repetitionMessagesMax: 1_000,
  warmUpMs: 0,
};

function runWith(server: string, changes: Partial<FanOutPlan> = {}, dialect: DialectName = 'frames') {
  return runFanOut({
    plan: { ...plan, ...changes },
    programs: [served(server, new URL(`./fixtures/${server}.ts`, import.meta.url).href, { dialect })],
    signal: new AbortController().signal,
    onProgress: () => {},
  });
}

const endless: Partial<FanOutPlan> = { repetitionMs: 600_000, repetitionMessagesMax: 1_000_000 };

interface Fault {
  readonly server: string;
  /** What it speaks. Default: the frames of the protocol. */
  readonly dialect?: DialectName;
  readonly code: BenchErrorCode;
  readonly says: RegExp;
  readonly changes?: Partial<FanOutPlan>;
}

const faults: readonly Fault[] = [
  {
    server: 'dropping-server',
    code: 'MESSAGE_LOST',
    // A machine that stands still for a second loses another message first, which is told in the same words.
    says: /^dropping-server, .*: subscriber \d did not get message \d+ within 1000 ms/,
    changes: { silenceMsMax: 1_000 },
  },
  {
    server: 'dropping-server',
    code: 'MESSAGE_LOST',
    says: /subscriber \d did not get message \d+ within 1000 ms/,
    changes: { silenceMsMax: 1_000, messagesPerTurn: [1] },
  },
  {
    server: 'reordering-server',
    code: 'MESSAGE_OUT_OF_ORDER',
    says: /^reordering-server, .*: subscriber \d got message 23 before 22$/,
  },
  {
    server: 'truncating-server',
    code: 'MESSAGE_DAMAGED',
    says: /^truncating-server, .*: subscriber \d got other bytes in place of message 22: 127 bytes of payload; 128 bytes/,
  },
  { server: 'repeating-server', code: 'MESSAGE_DUPLICATED', says: /subscriber \d got message 22 again$/ },
  {
    server: 'miscounting-server',
    code: 'MESSAGE_DAMAGED',
    says: /subscriber \d got message \d+ with prevSeqNo \d+, not \d+$/,
  },
  {
    server: 'bare-dropping-server',
    dialect: 'nchan',
    code: 'MESSAGE_LOST',
    says: /subscriber \d did not get message \d+ within 1000 ms/,
    changes: { silenceMsMax: 1_000 },
  },
  {
    server: 'bare-reordering-server',
    dialect: 'nchan',
    code: 'MESSAGE_OUT_OF_ORDER',
    says: /subscriber \d got message 23 before 22$/,
  },
  {
    server: 'bare-repeating-server',
    dialect: 'nchan',
    code: 'MESSAGE_DUPLICATED',
    says: /subscriber \d got message 22 again$/,
  },
  {
    server: 'bare-damaging-server',
    dialect: 'nchan',
    code: 'MESSAGE_DAMAGED',
    says: /subscriber \d got other bytes in place of message 22: 128 bytes of payload; 128 bytes/,
  },
  { server: 'closing-server', code: 'CONNECTION_LOST', says: /the connection of subscriber \d was closed with 4100$/ },
];

test.for(faults)(
  'a run with the $server ($changes) ends with $code and no figures',
  async ({ server, dialect, code, says, changes }) => {
    const run = runWith(server, { ...endless, ...changes }, dialect);
    await expect(run).rejects.toMatchObject({ code, message: expect.stringMatching(says) });
  },
);

test('a run with a server that ends by itself fails', async () => {
  await expect(runWith('crashing-server', endless)).rejects.toMatchObject({
    // The exit and the closed connections race; both are the truth.
    code: expect.stringMatching(/^(PROCESS_FAILED|CONNECTION_LOST)$/),
  });
});

test('a program that cannot be loaded fails the run', async () => {
  await expect(runWith('no-such-server')).rejects.toMatchObject({ code: 'PROCESS_FAILED' });
});
