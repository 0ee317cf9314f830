import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { inprocPair, joinFrames } from '../src/index.ts';
import { ManualClock } from './support/manual-clock.ts';
import { Recorder } from './support/recorder.ts';

function pair(highWaterBytes = 100, encoding: 'json' | 'msgpack' = 'json') {
  const clock = new ManualClock();
  const { client, gateway } = inprocPair({ clock, encoding, highWaterBytes });
  return { clock, client, gateway, atClient: Recorder.on(client), atGateway: Recorder.on(gateway) };
}

describe('inproc connection', () => {
  it('delivers at the end of the turn, in order, in both directions', async () => {
    const { clock, client, gateway, atClient, atGateway } = pair(10_000);
    for (let at = 0; at < 50; at++) client.send(`c${at}`);
    gateway.send('g0');
    expect(atGateway.frames).toEqual([]);
    await clock.settle();
    expect(atGateway.frames).toEqual(Array.from({ length: 50 }, (_, at) => `c${at}`));
    expect(atClient.frames).toEqual(['g0']);
  });

  it('carries any text exactly, several frames in one buffer included', async () => {
    const texts = fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, async (bodies) => {
        const { clock, gateway, atClient } = pair(1_000_000);
        const frames = bodies.map((body) => gateway.wire.frame(body));
        gateway.write(
          joinFrames(
            frames,
            frames.reduce((sum, { length }) => sum + length, 0),
          ),
        );
        await clock.settle();
        expect(atClient.frames).toEqual(bodies);
      }),
      { numRuns: runs(60) },
    );
  });

  it('carries a text that begins with a byte order mark as it is', async () => {
    const { clock, gateway, atClient } = pair();
    gateway.send('\ufeff{}');
    await clock.settle();
    expect(atClient.frames).toEqual(['\ufeff{}']);
  });

  it('carries bytes in MessagePack', async () => {
    const { clock, client, atGateway } = pair(100, 'msgpack');
    client.send(Uint8Array.of(0, 255, 128));
    client.send(Uint8Array.of(0));
    await clock.settle();
    expect(atGateway.frames).toEqual([Uint8Array.of(0, 255, 128), Uint8Array.of(0)]);
  });

  it('answers false when the peer does not read, and calls onWritable once when it has caught up', async () => {
    const { clock, client, gateway, atClient, atGateway } = pair(100);
    client.pauseReading();
    const body = 'x'.repeat(46); // 50 bytes with its length.
    expect(gateway.send(body)).toBe(true);
    expect(gateway.send(body)).toBe(false);
    expect(gateway.send(body)).toBe(false);
    await clock.settle();
    expect(gateway.bufferedBytes).toBe(150);
    expect(atGateway.writableCount).toBe(0);

    client.resumeReading();
    await clock.settle();
    expect(atClient.frames).toEqual([body, body, body]);
    expect(gateway.bufferedBytes).toBe(0);
    expect(atGateway.writableCount).toBe(1);
    expect(gateway.send('y')).toBe(true);
  });

  it('goes on to answer false until everything is taken, also when some of it was', async () => {
    const { clock, client, gateway, atGateway } = pair(100);
    client.start({ onFrame: () => client.pauseReading(), onWritable() {}, onClose() {} });
    const body = 'x'.repeat(56);
    expect([gateway.send(body), gateway.send(body)]).toEqual([true, false]);
    await clock.settle();
    expect(gateway.bufferedBytes).toBe(60);
    expect(gateway.send('y')).toBe(false);
    expect(atGateway.writableCount).toBe(0);
    for (let turn = 0; turn < 2; turn++) {
      client.resumeReading();
      await clock.settle();
    }
    expect(atGateway.writableCount).toBe(1);
  });

  it('calls no onWritable where nothing was refused', async () => {
    const { clock, gateway, atGateway } = pair(100);
    gateway.send('x');
    await clock.settle();
    expect(atGateway.writableCount).toBe(0);
  });

  it('a paused reader holds back only what comes to it', async () => {
    const { clock, client, gateway, atClient, atGateway } = pair();
    client.pauseReading();
    client.send('up');
    gateway.send('down');
    await clock.settle();
    expect(atGateway.frames).toEqual(['up']);
    expect(atClient.frames).toEqual([]);
  });

  it('a reader that pauses inside a frame gets no further buffer until it resumes', async () => {
    const { clock, client, gateway } = pair();
    const taken: unknown[] = [];
    client.start({
      onFrame(body) {
        taken.push(body);
        client.pauseReading();
      },
      onWritable() {},
      onClose() {},
    });
    gateway.send('1');
    gateway.send('2');
    await clock.settle();
    expect(taken).toEqual(['1']);
    client.resumeReading();
    await clock.settle();
    expect(taken).toEqual(['1', '2']);
  });
});

describe('the end of an inproc connection', () => {
  it.each(['client', 'gateway'] as const)(
    'closed by the %s, both ends are told once, after what was sent',
    async (by) => {
      const { clock, client, gateway, atClient, atGateway } = pair();
      const closer = by === 'client' ? client : gateway;
      closer.send('last');
      closer.close(4200, 'drain');
      closer.close(1000, 'again');
      await clock.settle();
      const other = by === 'client' ? atGateway : atClient;
      expect(other.events).toEqual(['frame', 'close']);
      expect(atClient.closes).toEqual([{ code: 4200, reason: 'drain' }]);
      expect(atGateway.closes).toEqual([{ code: 4200, reason: 'drain' }]);
    },
  );

  it('closed by both in one turn, both ends are told once', async () => {
    const { clock, client, gateway, atClient, atGateway } = pair();
    client.close(1000, '');
    gateway.close(4100, 'x');
    await clock.settle();
    expect(atClient.closes).toHaveLength(1);
    expect(atGateway.closes).toEqual(atClient.closes);
  });

  it('nothing comes after the close, and what is sent then is ignored', async () => {
    const { clock, client, gateway, atClient, atGateway } = pair();
    gateway.close(1000, '');
    expect(gateway.send('late')).toBe(true);
    await clock.settle();
    expect(gateway.send('later')).toBe(true);
    expect(client.send('later')).toBe(true);
    client.close(1000, '');
    await clock.settle();
    expect(atClient.events).toEqual(['close']);
    expect(atGateway.events).toEqual(['close']);
  });

  it('does not wait for a reader that has stopped reading', async () => {
    const { clock, client, gateway, atClient, atGateway } = pair(10);
    client.pauseReading();
    gateway.send('a frame that nobody reads');
    gateway.close(4102, 'slow');
    await clock.settle();
    expect(atGateway.events).toEqual(['close']);
    expect(atClient.events).toEqual(['close']);
    client.resumeReading();
    await clock.settle();
    expect(atClient.events).toEqual(['close']);
  });
});
