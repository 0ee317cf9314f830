import { isTopic } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { baseOf, occupancyTopicOf, presenceTopicOf } from '../src/index.ts';

describe('derived topics (§4.8)', () => {
  it('are named after their base', () => {
    expect(presenceTopicOf('room.7')).toBe('room.7.~presence');
    expect(occupancyTopicOf('room.7')).toBe('room.7.~occupancy');
  });

  it.each([
    ['room.7.~presence', { base: 'room.7', kind: 'presence' }],
    ['room.7.~occupancy', { base: 'room.7', kind: 'occupancy' }],
    ['a.~presence', { base: 'a', kind: 'presence' }],
    ['a.~presence.~occupancy', { base: 'a.~presence', kind: 'occupancy' }],
    ['~presence', { base: '', kind: 'presence' }],
    ['~occupancy', { base: '', kind: 'occupancy' }],
  ] as const)('%s belongs to a base', (topic, derived) => {
    expect(baseOf(topic)).toEqual(derived);
  });

  it.each([
    'room.7',
    'room.~presence.7',
    '~presence.a',
    'a.~Presence',
    'a~presence',
    'a.presence',
    'a.~presences',
    '~',
  ])('%s is an ordinary topic', (topic) => {
    expect(baseOf(topic)).toBeUndefined();
  });

  it.each([
    [presenceTopicOf, 'presence', 245],
    [occupancyTopicOf, 'occupancy', 244],
  ] as const)('%o leaves room for the base in the 255 bytes of a topic, and says how much', (topicOf, kind, most) => {
    const longest = topicOf('x'.repeat(most));
    expect(isTopic(longest)).toBe(true);
    expect(baseOf(longest)).toEqual({ base: 'x'.repeat(most), kind });
    expect(() => topicOf('x'.repeat(most + 1))).toThrow(
      expect.objectContaining({ code: 'INVALID_FIELD', message: expect.stringContaining(`at most ${most} bytes`) }),
    );
  });
});
