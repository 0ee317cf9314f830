/** I4 under pressure: a slow reader gets everything or is told, and nobody else notices. */

import assert from 'node:assert/strict';
import type { GatewayProcess } from '../gateway-process.ts';
import type { Probe } from '../probe.ts';
import type { Suite } from '../suite.ts';
import type { World } from '../world.ts';

/** More than the kernel's socket buffers of both sides take, so that the gateway's side fills up. */
const FLOOD_MESSAGES = 400;
const PAYLOAD = 'x'.repeat(48_000);

export const slowReader: Suite = {
  name: 'slow-reader',
  title: 'Slow readers',
  tests: [
    {
      id: 'told-before-next-message',
      title: 'tells a reader that fell out of the ring what it missed, before anything else of the topic',
      proves: ['I4', '§5.10', '§9.2'],
      async run(world) {
        const gateway = await world.gateway({ limits: { ringLengthMax: 8, historyLengthMax: 8 } });
        const { topic, slow, quick, publisher } = await threeProbes(world, gateway);
        slow.stopReading();
        await flood(publisher, topic);
        const head = (await quick.untilMessages(topic, FLOOD_MESSAGES)).at(-1)?.seqNo;

        const lagged = slow.next('lagged');
        const unsubscribed = slow.next('unsubscribed');
        slow.startReading();
        const { fromSeqNo, toSeqNo } = await lagged;
        const got = slow.messages(topic);
        assert.deepEqual(
          got.map(({ seqNo }) => seqNo),
          Array.from({ length: fromSeqNo }, (_, n) => n + 1),
          'what came before lagged is not everything up to fromSeqNo',
        );
        assert.equal(toSeqNo, head);
        assert.equal((await unsubscribed).reason, 'lagged');
        const again = await slow.subscribe(topic);
        assert.equal(again.seqNo, head);
      },
    },
    {
      id: 'back-in-time-gets-everything',
      title: 'gives everything, in order, to a reader that comes back before the ring has moved on',
      proves: ['I4', 'I3', '§9.2'],
      async run(world) {
        const gateway = await world.gateway({ limits: { ringBytesMax: 100_000_000 } });
        const { topic, slow, quick, publisher } = await threeProbes(world, gateway);
        slow.stopReading();
        await flood(publisher, topic);
        await quick.untilMessages(topic, FLOOD_MESSAGES);
        slow.startReading();
        const messages = await slow.untilMessages(topic, FLOOD_MESSAGES);
        assert.deepEqual(
          messages.map(({ seqNo }) => seqNo),
          Array.from({ length: FLOOD_MESSAGES }, (_, n) => n + 1),
        );
        world.history.everythingCame();
      },
    },
    {
      id: 'asks-but-does-not-read',
      title: 'closes a connection with 4102 that asks and never reads the answers',
      proves: ['§7', '§8'],
      async run(world) {
        const gateway = await world.gateway({
          limits: { frameBytesMax: 1_024, batchBytesMax: 1_024, sendBufferBytesMax: 8_192 },
        });
        const probe = await world.connect({ to: gateway });
        const other = await world.connect({ to: gateway });
        probe.stopReading();
        const topic = world.topic();
        // Each refusal is an answer that waits to be read; the gateway closes long before this ends.
        while (Number((await gateway.health()).connections) > 1) {
          for (let n = 0; n < 2_000; n++) probe.send({ type: 'unsubscribe', id: n, topic });
        }
        await other.subscribe(topic);
        probe.startReading();
        const { code } = await probe.closed;
        // A socket whose close frame could not be flushed in time is cut, which reads as 1006.
        assert([4102, 1006].includes(code), `it was closed with ${code}`);
      },
    },
  ],
};

async function threeProbes(world: World, to: GatewayProcess) {
  const topic = world.topic();
  const [slow, quick, publisher] = await Promise.all([
    world.connect({ to }),
    world.connect({ to }),
    world.connect({ to }),
  ]);
  await slow.subscribe(topic);
  await quick.subscribe(topic);
  return { topic, slow, quick, publisher };
}

async function flood(publisher: Probe, topic: string): Promise<void> {
  for (let n = 0; n < FLOOD_MESSAGES; n += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, k) => publisher.publish(topic, `m-${n + k}`, PAYLOAD)));
  }
}
