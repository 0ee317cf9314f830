import { describe, expect, it } from 'vitest';
import { BEGINNING_MS, type HistoryEvent, settingsOf, type Violation } from '../src/index.ts';
import { runWorld } from '../src/run-world.ts';
import { turn } from '../src/system/index.ts';
import { LINES_MAX, timelineText } from '../src/timeline.ts';

const at = (ms: number) => BEGINNING_MS + ms;
const topic = 'orders.new';

const begin: HistoryEvent = {
  kind: 'run',
  at: at(0),
  source: 'simulator',
  accessRecheckMs: 300,
  dedupWindowMs: 8_000,
  latencyObjectiveMs: 50,
  retentionMessagesMax: 48,
  clockSkewMsMax: 0,
  seesLog: true,
  seesWire: true,
};

function delivered(ms: number, client: string, seqNo: number, of = topic): HistoryEvent {
  const messageId = `client-1-m${seqNo}`;
  const subscription = `${client}/1`;
  return { kind: 'delivered', at: at(ms), client, subscription, topic: of, epoch: 'e', seqNo, messageId, data: null };
}

function sent(ms: number, client: string): HistoryEvent {
  return { kind: 'sent', at: at(ms), gateway: 'gateway-1', client, connection: 'c1', topic, type: 'message', seqNo: 1 };
}

const fault: HistoryEvent = { kind: 'fault', at: at(900), name: 'cut', nodes: ['client-9'], state: 'happens', id: 4 };

const violation: Violation = {
  invariant: 'I2',
  rule: 'a program gets no message twice',
  detail: 'client-3 was given 1 twice.',
  at: at(1_500),
  nodes: ['client-3'],
  topic,
};

describe('a timeline', () => {
  it('shows each node in a column, each event in a line, and marks the violation', () => {
    const events = [begin, delivered(850, 'client-3', 1), fault, delivered(1_500, 'client-3', 1)];
    expect(timelineText({ events, violation })).toBe(
      [
        '            client-3',
        '            │ client-9',
        '    850 ms  ● ·  client-3 is given orders.new e/1 client-1-m1',
        '    900 ms  · ●  client-9 fault 4: cut happens',
        '   1500 ms  ● ·  client-3 is given orders.new e/1 client-1-m1',
        '   1500 ms  ✗ ·  ✗ I2: a program gets no message twice. client-3 was given 1 twice.',
      ].join('\n'),
    );
  });

  it('leaves out other topics, other clients, and what gateways sent to others', () => {
    const events = [
      begin,
      delivered(10, 'client-3', 1, 'chat.lobby'),
      delivered(20, 'client-4', 1),
      sent(30, 'client-4'),
      sent(40, 'client-3'),
    ];
    const text = timelineText({ events, violation: { ...violation, nodes: ['client-3', 'gateway-1'] } });
    expect(text).not.toMatch(/chat\.lobby|client-4/);
    expect(text).toContain('40 ms  · ●  gateway-1 sends message of orders.new 1 to client-3 on c1');
  });

  it('without a topic shows what the nodes did, and nothing of the wire', () => {
    const { topic: _, ...anyTopic } = violation;
    const events = [begin, delivered(10, 'client-3', 1, 'chat.lobby'), sent(20, 'client-3')];
    const text = timelineText({ events, violation: anyTopic });
    expect(text).toContain('chat.lobby e/1');
    expect(text).not.toContain('sends');
  });

  it('is bounded, says what it left out, and goes on a little after the violation', () => {
    const events = [begin, ...Array.from({ length: 500 }, (_, index) => delivered(index, 'client-3', index + 1))];
    const lines = timelineText({ events, violation, foundAt: 400 }).split('\n');
    expect(lines[0]).toBe('340 earlier events that may matter are left out');
    const marked = lines.findIndex((line) => line.includes('✗ I2'));
    expect(lines.slice(2, marked)).toHaveLength(LINES_MAX);
    expect(lines[marked - 1]).toContain('e/400');
    expect(lines.slice(marked + 1).map((line) => /e\/\d+/.exec(line)?.[0])).toEqual([
      'e/401',
      'e/402',
      'e/403',
      'e/404',
    ]);
  });

  it('has words for every event of a real world', async () => {
    const { history } = await runWorld(settingsOf(20, 'hostile'), { turn, record: true });
    const events = history?.events ?? [];
    const ofAll = { ...violation, at: at(60_000), nodes: [], topic: 'prices.eurusd' };
    const lines = timelineText({ events, violation: ofAll, linesMax: 100_000 }).split('\n');
    expect(lines.join('\n')).not.toMatch(/undefined|\[object|NaN/);
    expect(lines.length).toBeGreaterThan(200);
  });
});
