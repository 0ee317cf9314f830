/** What must be true of a connection, whatever it runs over. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinFrames } from '../src/index.ts';
import { Recorder } from './support/recorder.ts';
import { type Place, TRANSPORTS } from './support/transports.ts';

const FRAME_BYTES_READ_MAX = 300_000;

describe.each(TRANSPORTS)('$name', ({ open }) => {
  let place: Place;
  beforeAll(async () => {
    place = await open(FRAME_BYTES_READ_MAX);
  });
  afterAll(() => place.close());

  async function connected(encoding: 'json' | 'msgpack' = 'json') {
    const [client, gateway] = await Promise.all([place.dial(encoding), place.next()]);
    return { client, gateway, atClient: Recorder.on(client), atGateway: Recorder.on(gateway) };
  }

  it.each(['json', 'msgpack'] as const)(
    '%s: frames of any size arrive exactly, in both directions',
    async (encoding) => {
      const { client, gateway, atClient, atGateway } = await connected(encoding);
      expect([client.encoding, gateway.encoding]).toEqual([encoding, encoding]);
      const sizes = [1, 2, 125, 126, 127, 65_535, 65_536, 200_000, 3];
      const bodies = sizes.map((size, at) => bodyOf(encoding, size, at));
      for (const body of bodies) {
        client.send(body);
        gateway.send(body);
      }
      await atClient.until(() => atClient.frames.length === sizes.length);
      await atGateway.until(() => atGateway.frames.length === sizes.length);
      expect(atClient.frames.map(plain)).toEqual(bodies.map(plain));
      expect(atGateway.frames.map(plain)).toEqual(bodies.map(plain));
      client.close(1000, '');
      await Promise.all([atClient.closed(), atGateway.closed()]);
    },
  );

  it('several finished frames in one buffer arrive as several frames (D4)', async () => {
    const { client, gateway, atClient } = await connected();
    const frames = ['one', 'two', '{"ş":"😀"}', '\ufeff{}'].map((body) => gateway.wire.frame(body));
    gateway.write(
      joinFrames(
        frames,
        frames.reduce((sum, { length }) => sum + length, 0),
      ),
    );
    await atClient.until(() => atClient.frames.length === 4);
    expect(atClient.frames).toEqual(['one', 'two', '{"ş":"😀"}', '\ufeff{}']);
    client.close(1000, '');
    await atClient.closed();
  });

  it.each(['client', 'gateway'] as const)(
    'closed by the %s, both ends are told code and reason once, after what was sent (§7)',
    async (by) => {
      const { client, gateway, atClient, atGateway } = await connected();
      const [closer, other] = by === 'client' ? [client, atGateway] : [gateway, atClient];
      const sent = Array.from({ length: 50 }, (_, at) => `${at}`.repeat(1_000));
      for (const body of sent) closer.send(body);
      closer.close(4200, 'ş: drain');
      closer.close(1000, 'again');
      expect(closer.send('late')).toBe(true);
      const ends = await Promise.all([atClient.closed(), atGateway.closed()]);
      expect(ends).toEqual([
        { code: 4200, reason: 'ş: drain' },
        { code: 4200, reason: 'ş: drain' },
      ]);
      expect(other.frames).toEqual(sent);
      expect([client.send('later'), gateway.send('later')]).toEqual([true, true]);
      expect([atClient.closes.length, atGateway.closes.length]).toEqual([1, 1]);
      expect([atClient.events.at(-1), atGateway.events.at(-1)]).toEqual(['close', 'close']);
    },
  );

  it('what the other end had sent before it heard of a close still arrives', async () => {
    const { client, gateway, atClient, atGateway } = await connected();
    gateway.send('under way');
    client.close(1000, '');
    await Promise.all([atClient.closed(), atGateway.closed()]);
    expect(atClient.frames).toEqual(['under way']);
  });

  it('closed by both in one moment, both ends are told once', async () => {
    const { client, gateway, atClient, atGateway } = await connected();
    client.close(1000, '');
    gateway.close(4101, 'full');
    const codes = [await atClient.closed(), await atGateway.closed()].map(({ code }) => code);
    for (const code of codes) expect([1000, 4101]).toContain(code);
  });

  it('a reason is cut to 123 bytes, never inside a character', async () => {
    const { gateway, atClient } = await connected();
    gateway.close(4003, '😀'.repeat(40));
    const { code, reason } = await atClient.closed();
    expect([code, reason]).toEqual([4003, '😀'.repeat(30)]);
  });

  it('a frame of frameBytesReadMax bytes is taken, and a larger one ends the connection with 1009', async () => {
    const { client, atClient, atGateway } = await connected('msgpack');
    client.send(new Uint8Array(FRAME_BYTES_READ_MAX));
    client.send(new Uint8Array(FRAME_BYTES_READ_MAX + 1));
    client.send(new Uint8Array(1));
    expect((await atClient.closed()).code).toBe(1009);
    await atGateway.closed();
    expect(atGateway.frames.map(({ length }) => length)).toEqual([FRAME_BYTES_READ_MAX]);
    expect(atGateway.events).toEqual(['frame', 'close']);
  });

  it('a link that is cut is told once to both ends, as 1006', async () => {
    const { client, gateway, atClient, atGateway } = await connected();
    place.cutAll();
    const codes = [await atClient.closed(), await atGateway.closed()].map(({ code }) => code);
    expect(codes).toEqual([1006, 1006]);
    expect([client.send('late'), gateway.send('late')]).toEqual([true, true]);
    client.close(1000, '');
    gateway.close(1000, '');
    expect([atClient.events, atGateway.events]).toEqual([['close'], ['close']]);
  });

  it('a connection that is turned away without being started ends with the code that it was given', async () => {
    const [client, gateway] = await Promise.all([place.dial('json'), place.next()]);
    const atClient = Recorder.on(client);
    gateway.close(4101, 'The gateway is full.');
    expect(await atClient.closed()).toEqual({ code: 4101, reason: 'The gateway is full.' });
  });
});

function bodyOf(encoding: 'json' | 'msgpack', size: number, seed: number): string | Uint8Array {
  if (encoding === 'json') return String.fromCharCode(97 + seed).repeat(size);
  return Uint8Array.from({ length: size }, (_, at) => at * 31 + seed);
}

const plain = (body: unknown) => (typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString('hex'));
