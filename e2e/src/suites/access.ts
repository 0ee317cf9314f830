/** I1: nothing in and nothing out for those who may not. */

import assert from 'node:assert/strict';
import type { Suite } from '../suite.ts';

export const access: Suite = {
  name: 'access',
  title: 'Access control',
  tests: [
    {
      id: 'subscribe-without-grant',
      title: 'refuses a subscription without a grant, and sends nothing of that topic',
      proves: ['I1', '§4.2'],
      async run(world) {
        const topic = world.topic('alice');
        const stranger = await world.connect();
        const alice = await world.connect({ token: 'alice-token' });

        const answer = await stranger.request({ type: 'subscribe', topic });
        assert(answer.type === 'error', `the answer was ${answer.type}`);
        assert.equal(answer.code, 'ACL_DENIED');
        assert.equal(answer.topic, topic);
        assert.equal(answer.retry, false);

        await alice.publish(topic, 'm-1', 'secret');
        await stranger.barrier();
        assert.equal(stranger.messages(topic).length, 0);
      },
    },
    {
      id: 'publish-without-grant',
      title: 'refuses a publish without a grant, and stores nothing of it',
      proves: ['I1', '§4.4'],
      async run(world) {
        const topic = world.topic('alice');
        const alice = await world.connect({ token: 'alice-token' });
        const bob = await world.connect({ token: 'bob-token' });
        await alice.subscribe(topic);

        const answer = await bob.request({ type: 'publish', topic, messageId: 'm-1', payload: 'forged' });
        assert(answer.type === 'error', `the answer was ${answer.type}`);
        assert.equal(answer.code, 'ACL_DENIED');

        await alice.publish(topic, 'm-2', 'real');
        const [first] = await alice.untilMessages(topic, 1);
        assert.deepEqual([first?.messageId, first?.prevSeqNo], ['m-2', 0]);
      },
    },
    {
      id: 'subscribe-grant-only',
      title: 'lets a reader read what it may not write',
      proves: ['I1'],
      async run(world) {
        const topic = world.topic('alice');
        const alice = await world.connect({ token: 'alice-token' });
        const bob = await world.connect({ token: 'bob-token' });
        await bob.subscribe(topic);
        await alice.publish(topic, 'm-1', { price: 1 });
        const [message] = await bob.untilMessages(topic, 1);
        assert.deepEqual(message?.data, { price: 1 });
      },
    },
    {
      id: 'setup-topics',
      title: 'checks the topics named in setup like any other',
      proves: ['I1', '§4.1'],
      async run(world) {
        const allowed = world.topic('open');
        const denied = world.topic('nobody');
        const probe = await world.connect({ setup: false });
        const subscribed = probe.next('subscribed');
        const error = probe.next('error');
        await probe.setUp('alice-token', [denied, allowed]);
        assert.equal((await error).code, 'ACL_DENIED');
        assert.equal((await error).topic, denied);
        assert.equal((await subscribed).topic, allowed);
      },
    },
    {
      id: 'unknown-token',
      title: 'refuses a token that it does not know and closes with 4004',
      proves: ['I1', '§4.1', '§7'],
      async run(world) {
        const probe = await world.connect({ setup: false });
        const error = probe.next('error');
        probe.send({ type: 'setup', protocol: 1, token: 'alice-tokem' });
        assert.equal((await error).code, 'AUTH_FAILED');
        assert.equal((await probe.closed).code, 4004);
      },
    },
    {
      id: 'deny-by-default',
      title: 'admits nobody when it was started without a policy',
      proves: ['I1', '§4.1'],
      async run(world) {
        const gateway = await world.gateway({ policy: null });
        const probe = await world.connect({ to: gateway, setup: false });
        const error = probe.next('error');
        probe.send({ type: 'setup', protocol: 1 });
        assert.equal((await error).code, 'AUTH_REQUIRED');
        assert.equal((await probe.closed).code, 4004);
      },
    },
    {
      id: 'foreign-origin',
      title: 'refuses pages of a foreign origin before the upgrade, and admits those of this machine',
      proves: ['I1', '§3.1'],
      async run(world) {
        await assert.rejects(world.connect({ origin: 'https://evil.example' }), /403/);
        await assert.rejects(world.connect({ origin: 'http://localhost.evil.example' }), /403/);
        const topic = world.topic();
        const page = await world.connect({ origin: 'http://localhost:5173' });
        await page.subscribe(topic);
      },
    },
  ],
};
