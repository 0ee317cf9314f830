import { describe, expect, it } from 'vitest';
import { encodingOfField, FRAMES, type FrameSpec } from '../src/index.ts';
import { PUBLISHED, publishedFrame } from './support/published.ts';

const every: readonly FrameSpec[] = [...FRAMES];

describe('the frames (§4, §5)', () => {
  it('keep their published numbers, positions and required fields', () => {
    expect(every.map(asPublished)).toEqual(PUBLISHED);
  });

  it('have numbers and names of their own', () => {
    expect(new Set(every.map(({ code }) => code)).size).toBe(every.length);
    expect(new Set(every.map(({ name }) => name)).size).toBe(every.length);
  });

  it('stand in sections of their own, one after the other: clients under §4, gateways under §5', () => {
    const sections = every.map(({ section }) => section);
    const client = sections.filter((_, at) => every[at]?.direction === 'client');
    const gateway = sections.filter((_, at) => every[at]?.direction === 'gateway');
    expect(client).toEqual(client.map((_, at) => `§4.${at + 1}`));
    expect(gateway).toEqual(gateway.map((_, at) => `§5.${at + 1}`));
    expect(sections).toEqual([...client, ...gateway]);
  });

  it('those that are the same for a whole cohort carry nothing about their receiver (D4, §3.2)', () => {
    const shared = every.filter((spec) => spec.shared);
    expect(shared.map(({ name }) => name)).toEqual(['message', 'snapshot', 'head', 'health']);
    for (const { name } of shared) {
      const [topic, alias, ...others] = publishedFrame(name).fields;
      expect([topic, alias]).toMatchObject([
        { name: 'topic', only: 'json' },
        { name: 'alias', only: 'msgpack' },
      ]);
      expect(others.filter(({ name: field }) => /^(id|sessionId|topic|alias)$/.test(field))).toEqual([]);
    }
  });
});

function asPublished(spec: FrameSpec) {
  const fields = spec.fields.map((name) => {
    const only = encodingOfField(spec.schema.properties[name] as object);
    const optional = only === undefined && !(spec.schema.required as readonly string[]).includes(name);
    return { name, optional, only };
  });
  return { name: spec.name, number: spec.code, direction: spec.direction, fields };
}
