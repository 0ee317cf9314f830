/** Bytes that nobody meant: whatever comes in at a port ends that connection at most, and is told once. */

import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { closeRecord, prefaceOf, type Random, streamWire } from '../src/index.ts';
import { dial } from '../src/node/index.ts';
import { Recorder } from './support/recorder.ts';
import { seededRandom } from './support/seeded-random.ts';
import { gone, type StreamListening, streamListening } from './support/streams.ts';

const CONNECTIONS = 1_000;
const FRAMES_EACH = 20;
const READ_MAX = 2_000;

let place: StreamListening;
const heard: Recorder[] = [];

beforeAll(async () => {
  place = await streamListening('tcp', {
    frameBytesReadMax: READ_MAX,
    onConnection: (connection) => {
      const recorder = Recorder.on(connection);
      heard.push(recorder);
      connection.send('welcome');
    },
  });
});
afterAll(() => place.close());

function upTo(random: Random, max: number): number {
  return random.uint32() % (max + 1);
}

function noise(random: Random, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, () => random.uint32());
}

/** A frame, a close record or noise, one time in three with some bytes changed, left out or doubled. */
function piece(random: Random): Uint8Array {
  const kind = upTo(random, 9);
  const bytes =
    kind === 0
      ? closeRecord(4000 + upTo(random, 299), 'x'.repeat(upTo(random, 123)))
      : kind === 1
        ? noise(random, upTo(random, 40))
        : kind === 2
          ? streamWire.frame(noise(random, 1 + upTo(random, READ_MAX + 100)))
          : streamWire.frame('x'.repeat(1 + upTo(random, 300)));
  return upTo(random, 2) === 0 ? mutated(random, bytes) : bytes;
}

function mutated(random: Random, bytes: Uint8Array): Uint8Array {
  const at = upTo(random, bytes.length);
  switch (upTo(random, 3)) {
    case 0:
      return bytes.map((byte, index) => (index === at ? random.uint32() : byte));
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return bytes.subarray(at);
    default:
      return Buffer.concat([bytes, bytes.subarray(at)]);
  }
}

async function attack(random: Random): Promise<void> {
  const preface = Buffer.from(prefaceOf(upTo(random, 1) === 0 ? 'json' : 'msgpack'));
  const start = upTo(random, 9) === 0 ? mutated(random, preface) : preface;
  const bytes = Buffer.concat([start, ...Array.from({ length: FRAMES_EACH }, () => piece(random))]);
  const socket = place.raw();
  socket.resume();
  const closed = gone(socket);
  for (let at = 0; at < bytes.length && socket.writable; ) {
    const end = at + 1 + upTo(random, upTo(random, 1) === 0 ? 5 : 3_000);
    await written(socket, bytes.subarray(at, end));
    at = end;
  }
  if (upTo(random, 3) === 0) socket.resetAndDestroy();
  else socket.end();
  await closed;
}

/** Resolves when the bytes are on their way, or when there is nobody any more to take them. */
function written(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()));
}

describe('a tcp listener under bytes that nobody meant', () => {
  it(`${CONNECTIONS * FRAMES_EACH} mutated frames do no harm to it, nor to who speaks properly`, async () => {
    const random = seededRandom(20_261_121);
    const proper = await dial(place.address, 'json');
    const atProper = Recorder.on(proper);
    // Each takes a port of this machine, which the system gives back after a while only.
    const connections = Math.min(runs(CONNECTIONS), 10_000);
    for (let at = 0; at < connections; at += 10) {
      await Promise.all(Array.from({ length: 10 }, () => attack(random)));
    }
    expect(atProper.closes).toEqual([]);
    const [first, ...attackers] = heard;
    proper.send('still here');
    await first?.until(() => first.frames.length === 1);
    expect(first?.frames).toEqual(['still here']);

    // Most of them did get in, and every one that got in was told of its end once, as the last thing.
    expect(attackers.length).toBeGreaterThan(connections / 2);
    for (const attacker of attackers) {
      await attacker.closed();
      expect(attacker.events.indexOf('close')).toBe(attacker.events.length - 1);
    }
    const codes = new Set(attackers.flatMap(({ closes }) => closes.map(({ code }) => code)));
    expect([...codes]).toEqual(expect.arrayContaining([1006, 1007, 1009]));
    proper.close(1000, '');
    await place.listener.close();
  });
});
