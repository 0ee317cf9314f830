import { type Entry, MemoryBackbone } from '@micro-socket/backbone';
import { codecFor } from '@micro-socket/protocol';
import { inprocPair, webSocketWire } from '@micro-socket/transport';
import { expect, it } from 'vitest';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { sendHistory } from '../src/core/history.ts';
import { Outlet } from '../src/core/outlet.ts';

it('goes on by one message for each reading, however often others have filled the outlet meanwhile (§9.2)', async () => {
  const backbone = new MemoryBackbone({ clock: new ManualClock(), random: seededRandom(1) });
  for (let at = 1; at <= 5; at++) {
    await backbone.publish({ topic: 'a', publisher: 'p', messageId: `m${at}`, payload: at, sizeBytes: 8 });
  }
  const { epoch } = await backbone.head('a');
  // Nobody reads the other end.
  const { gateway } = inprocPair({ clock: new ManualClock(), encoding: 'json', highWaterBytes: 1 });
  const outlet = new Outlet(gateway);
  outlet.write(new Uint8Array(100));
  expect(outlet.full).toBe(true);
  const sent: Entry[] = [];
  const kind = { index: 0, codec: codecFor('json'), wire: webSocketWire('json') };
  const request = {
    backbone,
    outlet,
    kind,
    name: { topic: 'a', alias: 1 },
    epoch,
    mayGoOn: () => true,
    onSent: (entry: Entry) => sent.push(entry),
  };
  for (let count = 1; count <= 4; count++) {
    expect(await sendHistory(request, sent.at(-1)?.seqNo ?? 0, Number.MAX_SAFE_INTEGER, 100)).toBe('full');
    expect(sent).toHaveLength(count);
  }
  expect(await sendHistory(request, 4, Number.MAX_SAFE_INTEGER, 100)).toBe('sent');
  expect(sent.map(({ messageId }) => messageId)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
});
