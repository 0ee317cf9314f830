/** Bad input gets an answer that says what was wrong, and nobody else notices (§3–§8). */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { FrameOf, Probe } from '../probe.ts';
import type { Suite } from '../suite.ts';
import type { World } from '../world.ts';

export const badInput: Suite = {
  name: 'bad-input',
  title: 'Bad input',
  tests: [
    {
      id: 'not-a-frame',
      title: 'answers bytes that are no frame with MALFORMED_FRAME and stays open',
      proves: ['§3.2', '§6'],
      async run(world) {
        const bad = world.encoding === 'json' ? '{"type":' : new Uint8Array([0xc1]);
        const { message } = await refused(world, (probe) => probe.sendRaw(bad), 'MALFORMED_FRAME');
        assert.match(message, world.encoding === 'json' ? /JSON/ : /MessagePack/);
      },
    },
    {
      id: 'wrong-kind-of-message',
      title: 'answers a binary message in JSON, or a text message in MessagePack, with MALFORMED_FRAME',
      proves: ['§3.1'],
      async run(world) {
        const bad = world.encoding === 'json' ? new TextEncoder().encode('{"type":"pong","time":1}') : '{}';
        await refused(world, (probe) => probe.sendRaw(bad), 'MALFORMED_FRAME');
      },
    },
    {
      id: 'unknown-type',
      title: 'answers a frame that does not exist with UNKNOWN_TYPE, and its name',
      proves: ['§3.2', '§6'],
      encodings: ['json'],
      async run(world) {
        const bad = '{"type":"shout","id":7}';
        const { message, id } = await refused(world, (probe) => probe.sendRaw(bad), 'UNKNOWN_TYPE');
        assert.match(message, /shout/);
        assert.equal(id, 7);
      },
    },
    {
      id: 'frame-of-the-gateway',
      title: 'does not take a frame that only a gateway may send',
      proves: ['§4', '§5'],
      async run(world) {
        await refused(world, (probe) => probe.send({ type: 'ping', time: 1 }), 'UNKNOWN_TYPE');
      },
    },
    {
      id: 'wrong-field-type',
      title: 'answers a field of the wrong type with INVALID_FIELD, naming field and request',
      proves: ['§4.2', '§6'],
      async run(world) {
        const bad = { type: 'subscribe', id: 5, topic: 42 } as never;
        const { message, id } = await refused(world, (probe) => probe.send(bad), 'INVALID_FIELD');
        assert.match(message, /topic/);
        assert.equal(id, 5);
      },
    },
    {
      id: 'missing-field',
      title: 'answers a missing field with INVALID_FIELD and its name',
      proves: ['§4.4', '§6'],
      async run(world) {
        const bad = { type: 'publish', id: 6, topic: 'open.a', payload: 1 } as never;
        const { message } = await refused(world, (probe) => probe.send(bad), 'INVALID_FIELD');
        assert.match(message, /messageId/);
      },
    },
    {
      id: 'topic-outside-grammar',
      title: 'answers topics outside the grammar with INVALID_FIELD',
      proves: ['§2.1'],
      async run(world) {
        const bad = ['', '.', 'a..b', '.a', 'a.', 'a b', 'a.*', 'a.>', 'prices/eur', 'çay', 'x'.repeat(256)];
        const probe = await world.connect();
        for (const topic of bad) {
          const answer = await probe.request({ type: 'subscribe', topic });
          assert(answer.type === 'error' && answer.code === 'INVALID_FIELD', `${topic}: ${JSON.stringify(answer)}`);
        }
        await probe.subscribe(`open.${'x'.repeat(250)}`);
      },
    },
    {
      id: 'denied-topic',
      title: 'answers a topic that the client may not use with ACL_DENIED',
      proves: ['I1', '§6'],
      async run(world) {
        const topic = world.topic('nobody');
        await refused(world, (probe) => probe.send({ type: 'subscribe', id: 1, topic }), 'ACL_DENIED');
      },
    },
    {
      id: 'too-large',
      title: 'answers a frame beyond frameBytesMax with FRAME_TOO_LARGE and stays open',
      proves: ['§8'],
      async run(world) {
        const bad = 'x'.repeat(65_537);
        const { message } = await refused(world, (probe) => probe.sendRaw(bad), 'FRAME_TOO_LARGE');
        assert.match(message, /65536/);
      },
    },
    {
      id: 'far-too-large',
      title: 'does not read a frame beyond frameBytesReadMax and closes with 1009',
      proves: ['§7', '§8'],
      async run(world) {
        const bystander = await Bystander.in(world);
        const probe = await world.connect();
        probe.sendRaw(new Uint8Array(1_048_577));
        assert.equal((await probe.closed).code, 1009);
        await bystander.isUntouched();
      },
    },
    {
      id: 'payload-that-one-encoding-cannot-say',
      title: 'refuses payloads that would not mean the same in both encodings',
      proves: ['I7', '§3.3'],
      async run(world) {
        const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)]);
        const bad: unknown[] = [nested(66)];
        if (world.encoding === 'json') bad.push(JSON.parse('{"__proto__":1}'), '\ud800');
        else bad.push(new Uint8Array(2), Number.NaN, new Date());
        const topic = world.topic();
        const probe = await world.connect();
        for (const payload of bad) {
          const answer = await probe.request({ type: 'publish', topic, messageId: 'm-1', payload });
          assert(answer.type === 'error' && answer.code === 'INVALID_FIELD', JSON.stringify(answer));
        }
        const ack = await probe.publish(topic, 'm-1', nested(60));
        assert.equal(ack.status, 'ok');
      },
    },
    {
      id: 'before-setup',
      title: 'answers every frame before setup with SETUP_REQUIRED, and still accepts setup',
      proves: ['§4.1'],
      async run(world) {
        const probe = await world.connect({ setup: false });
        const error = probe.next('error');
        probe.send({ type: 'subscribe', id: 9, topic: 'open.a' });
        assert.equal((await error).code, 'SETUP_REQUIRED');
        assert.equal((await error).id, 9);
        await probe.setUp();
      },
    },
    {
      id: 'second-setup',
      title: 'answers a second setup with ALREADY_SET_UP',
      proves: ['§4.1'],
      async run(world) {
        await refused(world, (probe) => probe.send({ type: 'setup', protocol: 1 }), 'ALREADY_SET_UP');
      },
    },
    {
      id: 'unknown-version',
      title: 'answers another protocol version with VERSION_UNSUPPORTED and closes with 4001',
      proves: ['§4.1', '§7'],
      async run(world) {
        const probe = await world.connect({ setup: false });
        const error = probe.next('error');
        probe.send({ type: 'setup', protocol: 2 });
        assert.equal((await error).code, 'VERSION_UNSUPPORTED');
        assert.equal((await probe.closed).code, 4001);
      },
    },
    {
      id: 'no-setup-in-time',
      title: 'closes a connection with 4003 that does not send setup within the deadline',
      proves: ['§4.1', '§7', '§8'],
      async run(world) {
        const gateway = await world.gateway({ limits: { setupDeadlineMs: 2_000 } });
        const ready = await world.connect({ to: gateway });
        const silent = await world.connect({ to: gateway, setup: false });
        const { code, reason } = await silent.closed;
        assert.equal(code, 4003);
        assert.match(reason, /2000 ms/);
        await ready.barrier();
      },
    },
    {
      id: 'unsupported-subprotocol',
      title: 'refuses a connection that offers no known subprotocol with 400, and names those that it knows',
      proves: ['§3.1'],
      encodings: ['json'],
      async run(world) {
        const { address } = await world.gateway();
        for (const offered of [[], ['graphql-ws'], ['microsocket.v2.json']]) {
          const socket = new WebSocket(address, offered);
          const [, response] = await once(socket, 'unexpected-response');
          assert.equal(response.statusCode, 400);
          let body = '';
          for await (const bytes of response) body += bytes;
          assert.match(body, /microsocket\.v1\.json, microsocket\.v1\.msgpack/);
        }
      },
    },
    {
      id: 'too-many-bad-frames',
      title: 'closes a connection with 4000 after badFramesMax frames that it could not understand',
      proves: ['§6', '§7', '§8'],
      async run(world) {
        const bystander = await Bystander.in(world);
        const probe = await world.connect();
        for (let n = 0; n < 16; n++) probe.sendRaw(world.encoding === 'json' ? 'no' : new Uint8Array([0xc1]));
        assert.equal((await probe.closed).code, 4000);
        assert.equal(probe.frames.filter(({ type }) => type === 'error').length, 16);
        await bystander.isUntouched();
      },
    },
  ],
};

/** Does something bad on a connection of its own and returns the error, once everything else is seen to go on. */
async function refused(world: World, act: (probe: Probe) => void, code: string): Promise<FrameOf<'error'>> {
  const bystander = await Bystander.in(world);
  const probe = await world.connect();
  const error = probe.next('error');
  act(probe);
  assert.equal((await error).code, code);
  await probe.barrier();
  await bystander.isUntouched();
  return error;
}

/** Somebody on another connection who is subscribed all the while. */
class Bystander {
  readonly #probe: Probe;
  readonly #topic: string;

  private constructor(probe: Probe, topic: string) {
    this.#probe = probe;
    this.#topic = topic;
  }

  static async in(world: World): Promise<Bystander> {
    const topic = world.topic();
    const probe = await world.connect();
    await probe.subscribe(topic);
    return new Bystander(probe, topic);
  }

  /** Still gets its messages, and has seen no error. */
  async isUntouched(): Promise<void> {
    await this.#probe.publish(this.#topic, 'after', 'after');
    assert.equal((await this.#probe.untilMessages(this.#topic, 1)).length, 1);
    assert(!this.#probe.frames.some(({ type }) => type === 'error'), 'a bystander was sent an error');
  }
}
