import { describe, expect, it } from 'vitest';
import { encodingOfField, FRAMES, type FrameSpec } from '../src/index.ts';

const every: FrameSpec[] = [...FRAMES];

/** Published numbers and positions. A line here changes only by appending to it. */
const published: Record<string, string> = {
  setup: '1 protocol token? client? topics?',
  subscribe: '2 id topic',
  unsubscribe: '3 id topic',
  publish: '4 id topic messageId payload',
  pong: '20 time',
  ready: '32 sessionId gateway time heartbeatMs limits durability retention dedupWindowMs',
  subscribed: '33 id? topic alias epoch seqNo messageId?',
  unsubscribed: '34 id? topic reason',
  ack: '35 id messageId status epoch seqNo',
  message: '36 topic?(json) alias?(msgpack) seqNo prevSeqNo messageId time data',
  lagged: '41 topic fromSeqNo toSeqNo why',
  error: '43 id? code message retry afterMs? topic?',
  ping: '44 time',
  goodbye: '45 code reason reconnectMinMs? reconnectMaxMs?',
};

describe('the frames (§4, §5)', () => {
  it('keep their published numbers, positions and required fields', () => {
    expect(Object.fromEntries(every.map((spec) => [spec.name, lineOf(spec)]))).toEqual(published);
  });

  it('have numbers and names of their own', () => {
    expect(new Set(every.map(({ code }) => code)).size).toBe(every.length);
    expect(new Set(every.map(({ name }) => name)).size).toBe(every.length);
  });

  it('stand in sections of their own: clients under §4, gateways under §5', () => {
    expect(new Set(every.map(({ section }) => section)).size).toBe(every.length);
    for (const { section, direction } of every) {
      expect(section).toMatch(direction === 'client' ? /^§4\.\d+$/ : /^§5\.\d+$/);
    }
  });

  it('only `message` is the same for a whole cohort, so it carries no field about its receiver (§5.5)', () => {
    expect(every.filter(({ shared }) => shared).map(({ name }) => name)).toEqual(['message']);
    expect(published['message']).not.toMatch(/\b(id|sessionId)\b/);
  });
});

function lineOf(spec: FrameSpec): string {
  const required = new Set((spec.schema as { required?: string[] }).required ?? []);
  const fields = spec.fields.map((name) => {
    const only = encodingOfField(spec.schema.properties[name] as object);
    return `${name}${required.has(name) ? '' : '?'}${only === undefined ? '' : `(${only})`}`;
  });
  return [spec.code, ...fields].join(' ');
}
