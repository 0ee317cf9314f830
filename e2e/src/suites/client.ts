/** The reference client against a real gateway. */

import assert from 'node:assert/strict';
import type { ConnectOptions } from '@micro-socket/client/node';
import { connect } from '@micro-socket/client/node';
import type { GatewayProcess } from '../gateway-process.ts';
import type { Suite } from '../suite.ts';
import type { World } from '../world.ts';

export const client: Suite = {
  name: 'client',
  title: 'Reference client',
  tests: [
    {
      id: 'publish-and-take',
      title: 'publishes, and takes messages with for await, in order',
      proves: ['I3', 'I4'],
      async run(world) {
        const micro = await clientIn(world);
        const topic = world.topic();
        // #region use
        const subscription = await micro.subscribe(topic);
        const receipt = await micro.publish(topic, { price: 108_412 });
        for await (const message of subscription) {
          assert.equal(message.seqNo, receipt.position.seqNo);
          assert.deepEqual(message.data, { price: 108_412 });
          break; // leaves the loop and ends the subscription
        }
        // #endregion use
        assert.equal(receipt.status, 'ok');
      },
    },
    {
      id: 'refusals-reject-the-call',
      title: 'rejects exactly the call that the gateway refused',
      proves: ['I1', '§5.11'],
      async run(world) {
        const micro = await clientIn(world);
        await assert.rejects(micro.subscribe(world.topic('nobody')), { code: 'ACL_DENIED' });
        await assert.rejects(micro.publish(world.topic('nobody'), 1), { code: 'ACL_DENIED' });
        await assert.rejects(micro.publish(world.topic(), 'x'.repeat(70_000)), { code: 'FRAME_TOO_LARGE' });
        assert.equal((await micro.publish(world.topic(), 1)).status, 'ok');
      },
    },
    {
      id: 'wrong-token-rejects-connect',
      title: 'rejects connect with AUTH_FAILED for a wrong token',
      proves: ['I1', '§4.1'],
      async run(world) {
        await assert.rejects(clientIn(world, { token: 'wrong' }), { code: 'AUTH_FAILED' });
      },
    },
    {
      id: 'lost-gateway-is-told',
      title: 'tells every waiting call and subscription when the gateway is killed',
      proves: ['I4'],
      async run(world) {
        const gateway = await world.gateway({});
        const micro = await clientIn(world, { reconnect: false }, gateway);
        const subscription = await micro.subscribe(world.topic());
        const waiting = assert.rejects(subscription[Symbol.asyncIterator]().next(), { code: 'CONNECTION_CLOSED' });
        await gateway.end('SIGKILL');
        await waiting;
        await assert.rejects(micro.publish(world.topic(), 1), { code: 'CONNECTION_CLOSED' });
        assert.equal((await micro.closed).code, 1006);
      },
    },
    {
      id: 'goodbye-is-passed-on',
      title: 'passes the reconnect window of goodbye on to the program',
      proves: ['§5.13'],
      async run(world) {
        const gateway = await world.gateway({});
        const micro = await clientIn(world, { reconnect: false }, gateway);
        const exit = gateway.end('SIGTERM');
        const { code, goodbye } = await micro.closed;
        assert.equal(code, 4200);
        assert.equal(goodbye?.reconnectMaxMs, 5_000);
        assert.equal(await exit, 0);
      },
    },
  ],
};

async function clientIn(world: World, options: ConnectOptions = {}, to?: GatewayProcess) {
  const { address } = to ?? (await world.gateway());
  // What the client sends is not recorded.
  world.history.unseen();
  const micro = await connect(address, { encoding: world.encoding, ...options });
  world.onEnd(async () => {
    if (micro.state !== 'closed') await micro.close();
  });
  return micro;
}
