import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../src/history.ts';
import { eventOfLine, HistoryError, HistoryReader, LINE_LENGTH_MAX } from '../src/history-schema.ts';
import { HistoryJudge, verdictText } from '../src/history-verdict.ts';
import { gap, place, Story } from './support/story.ts';

/** At least one event of each kind. */
function everyKind(): readonly HistoryEvent[] {
  const story = new Story().begin().put(1, 3, { key: 'k' }).call('x').refuse('x', 'ACL_DENIED');
  story.tell({
    kind: 'resume-tried',
    client: 'c',
    connection: 'c-1',
    principal: 'c',
    sessionId: 's',
    isOwner: true,
    accepted: false,
  });
  story
    .subscribe('stream', { from: place(1) })
    .subscribed(1, 'gap', { asked: place(1) })
    .toldGap(gap(1, 3));
  story.subscribe('keyed', { from: { last: 3 } }).give(3, { gap: gap(1, 3), fromSnapshot: true, conflated: true });
  story.tell({ kind: 'integrity', client: 'reader', subscription: 's1', topic: 't', code: 'CHECKSUM_MISMATCH' });
  story.send('health', undefined, { state: 'late' }).end('QUEUE_FULL').lose(1, true).store(1, { restored: true });
  story.tell({ kind: 'received', gateway: 'gateway-1', topic: 't', epoch: 'e1', seqNo: 1, gatewayTime: 1.5 });
  return story.revoke('reader', 'subscribe').fault('cut', ['reader']).finish().events;
}

function problemOf(text: string): string {
  try {
    eventOfLine(text, 7);
  } catch (error) {
    if (error instanceof HistoryError) return error.message;
    throw error;
  }
  throw new Error('It was read.');
}

describe('a line of a history', () => {
  it('is an event of any kind, as it was written', () => {
    const events = everyKind();
    expect(new Set(events.map(({ kind }) => kind)).size).toBe(20);
    for (const event of events) expect(eventOfLine(JSON.stringify(event), 1)).toEqual(event);
  });

  it('may have fields that are not known yet', () => {
    const text = '{"kind":"phase","at":1,"phase":"end","mood":"calm"}';
    expect(eventOfLine(text, 1)).toMatchObject({ kind: 'phase' });
  });

  it.each([
    ['{', 'it is no JSON'],
    ['[1]', 'it is no object'],
    ['null', 'it is no object'],
    ['{"at":1}', 'kind is missing and is none of run, granted'],
    ['{"kind":"constructor","at":1}', 'kind "constructor" is none of run'],
    ['{"kind":"phase","phase":"end"}', 'phase must have required properties at'],
    ['{"kind":"phase","at":"1","phase":"end"}', 'phase.at must be number'],
    ['{"kind":"fault","at":1,"name":"cut","nodes":["a",1],"state":"begins","id":1}', 'fault.nodes.1 must be string'],
    [`"${'x'.repeat(LINE_LENGTH_MAX)}"`, `it is longer than ${LINE_LENGTH_MAX} characters`],
  ])('is refused by its number, with what is wrong: %#', (text, problem) => {
    expect(problemOf(text)).toContain(`Line 7 of the history cannot be used: ${problem}`);
  });
});

describe('a history that comes in pieces', () => {
  it('is the same wherever it is cut', () => {
    const events = everyKind();
    const text = `${events.map((event) => JSON.stringify(event)).join('\n')}\n\n`;
    for (const size of [1, 2, 7, 100, text.length]) {
      const read: HistoryEvent[] = [];
      const reader = new HistoryReader((event) => read.push(event));
      for (let from = 0; from < text.length; from += size) reader.push(text.slice(from, from + size));
      reader.end();
      expect(read).toEqual(events);
    }
  });

  it('counts lines, also empty ones, and needs no line feed at its end', () => {
    const lines: number[] = [];
    const reader = new HistoryReader((_, line) => lines.push(line));
    reader.push('{"kind":"phase","at":1,"phase":"safety"}\n\r\n{"kind":"phase","at":2,"phase":"end"}');
    expect(lines).toEqual([1]);
    reader.end();
    expect(lines).toEqual([1, 3]);
    expect(reader.lines).toBe(3);
  });

  it('gives a line up as soon as it is too long', () => {
    const reader = new HistoryReader(() => {});
    reader.push('x'.repeat(LINE_LENGTH_MAX));
    expect(() => reader.push('x')).toThrow(HistoryError);
  });
});

describe('a verdict', () => {
  const verdictOf = (events: readonly HistoryEvent[]) => {
    const judge = new HistoryJudge();
    for (const event of events) judge.take(event);
    return judge.verdict();
  };

  it('says that everything held, and what was not judged', () => {
    const verdict = verdictOf(new Story().begin({ seesLog: false, seesWire: false }).events);
    expect(verdict.holds).toBe(true);
    const text = verdictText(verdict);
    expect(text).toContain('5 events of test, 0.004 s');
    expect(text).toContain('I1        held');
    expect(text).toContain('liveness  not judged: the run has no end');
    expect(text).toContain("does not see the backbone's log");
    expect(text).toContain('does not see the wire');
  });

  it('tells the first violations with their time in the run, and counts the others', () => {
    const story = new Story().begin().subscribe();
    for (let seqNo = 1; seqNo <= 12; seqNo++) story.give(seqNo);
    const verdict = verdictOf(story.finish().events);
    expect(verdict.holds).toBe(false);
    expect(verdict.invariants.find(({ invariant }) => invariant === 'I7')).toMatchObject({ violations: 12 });
    const text = verdictText(verdict);
    expect(text).toContain('I7        12 violations');
    expect(text).toContain('0.006 s  what is delivered is what is stored there');
    expect(text).toContain('and 2 more');
    expect(text).toContain('It does not hold.');
  });
});
