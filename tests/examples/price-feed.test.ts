/** The example `price-feed` as a reader starts it: the feed, the client that watches it, and the change of a margin. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { connect } from '@micro-socket/client/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Decimal } from '../../reference/price-feed/test/support/decimals.ts';
import { ROOT } from '../house/source-files.ts';

let feed: ChildProcess;
let address: string;

beforeAll(async () => {
  feed = start(['scripts/example.ts', 'price-feed', '--listen', 'ws://127.0.0.1:0']);
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    feed.once('exit', (code) => reject(new Error(`the example ended with ${code}`)));
    createInterface({ input: feed.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      lines.push(line);
      if (line.startsWith('operator-token')) resolve();
    });
  });
  address = /^listening on (ws:\S+)$/m.exec(lines.join('\n'))?.[1] ?? '';
});

afterAll(async () => {
  if (feed.exitCode !== null) return;
  const exited = once(feed, 'exit');
  feed.kill('SIGTERM');
  await exited;
});

const BTC_LINE = /^BTCUSDT .*\n/m;

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What a program prints until it ends; Ctrl+C is pressed when it has printed `enough`. */
async function run(
  script: string,
  args: readonly string[],
  enough?: RegExp,
): Promise<{ output: string; code: number | null }> {
  const child = start([`examples/price-feed/src/${script}`, ...args]);
  let output = '';
  let isEnough = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      // A second one would not be waited for.
      if (isEnough || enough?.test(output) !== true) return;
      isEnough = true;
      child.kill('SIGINT');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { output, code };
}

/** Each `bid` or `ask` of a table: main, channel and what is printed as their difference. */
function sidesIn(
  output: string,
  instrument: string,
): { side: string; main: string; channel: string; difference: string }[] {
  const line = output.split('\n').find((each) => each.startsWith(`${instrument} `)) ?? '';
  const found = line.matchAll(/(bid|ask) +([\d.]+) +([\d.]+) +([+-]?[\d.]+)/g);
  return [...found].map(([, side = '', main = '', channel = '', difference = '']) => ({
    side,
    main,
    channel,
    difference,
  }));
}

describe('the example price-feed', () => {
  it('shows a channel beside the main feed, and what lies between is the margin to the last digit', async () => {
    const { output, code } = await run('watch.ts', ['--connect', address, '--channel', 'gold'], BTC_LINE);
    expect(code, output).toBe(0);
    const sides = sidesIn(output, 'BTCUSDT');
    expect(sides.map(({ side, difference }) => `${side} ${difference}`)).toEqual(['bid -12.50', 'ask +12.50']);
    for (const { main, channel, difference } of sides) {
      expect(Decimal.of(channel).minus(Decimal.of(main)).text(2)).toBe(difference.replace('+', ''));
    }
  });

  it('changes a margin for the operator, who has seen the version in force', async () => {
    const http = address.replace(/^ws/, 'http').replace(/\/ws$/, '');
    const changed = await run('margin.ts', ['silver', 'BTCUSDT', '--http', http, '--amount', '7.25']);
    expect(changed.output).toMatch(/^silver has version \d+$/m);
    const { output } = await run('watch.ts', ['--connect', address, '--channel', 'silver'], BTC_LINE);
    expect(sidesIn(output, 'BTCUSDT').map(({ difference }) => difference)).toEqual(['-7.25', '+7.25']);
    const refused = await run('margin.ts', ['silver', 'BTCUSDT', '--http', http, '--amount', '7.251']);
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('at most 2 decimals') });
  });

  it.each([
    ['main-token', 'prices', ['prices.gold', 'prices.silver']],
    ['gold-token', 'prices.gold', ['prices', 'prices.silver']],
    ['silver-token', 'prices.silver', ['prices', 'prices.gold']],
  ])('lets %s read %s and nothing else (I1)', async (token, own, others) => {
    const client = await connect(address, { token });
    await client.subscribe(own);
    for (const topic of others) await expect(client.subscribe(topic)).rejects.toMatchObject({ code: 'ACL_DENIED' });
    await expect(client.publish('prices', { type: 'tick' })).rejects.toMatchObject({ code: 'ACL_DENIED' });
    await client.close();
  });
});
