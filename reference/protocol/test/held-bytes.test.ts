import { describe, expect, it } from 'vitest';
import { codecFor, heldBytesOf, type JsonValue, type PublishFrame } from '../src/index.ts';

describe('what a payload is charged (§8)', () => {
  it('is more than its bytes on the wire, whatever it is made of', () => {
    const payloads: JsonValue[] = [null, 1, 'text', 'çığ', [], {}, { a: [1, 2, 3] }, Array(1_000).fill({})];
    for (const payload of payloads) {
      const frame = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload } as PublishFrame;
      const bare = codecFor('msgpack').encode({ ...frame, payload: null }).length;
      expect(heldBytesOf(payload)).toBeGreaterThan(codecFor('msgpack').encode(frame).length - bare);
    }
  });

  it('grows with the objects that a payload becomes, not with the bytes that it was', () => {
    // 65 000 empty maps take 65 000 bytes on the wire and about 4 MB in memory.
    expect(heldBytesOf(Array(65_000).fill({}))).toBeGreaterThan(4_000_000);
  });
});
