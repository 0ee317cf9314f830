import { describe, expect, it } from 'vitest';
import { type AcceptedConnection, DialError, InprocNetwork, ListenError } from '../src/index.ts';
import { dial, inprocNetwork } from '../src/node/index.ts';
import { Inbox } from './support/inbox.ts';
import { ManualClock } from './support/manual-clock.ts';
import { Recorder } from './support/recorder.ts';

function network() {
  const clock = new ManualClock();
  return { clock, network: new InprocNetwork(clock), accepted: new Inbox<AcceptedConnection>() };
}

describe('names inside a process', () => {
  it('a client of a name is connected to who listens there, and to nobody else', async () => {
    const { clock, network: names, accepted } = network();
    const others = new Inbox<AcceptedConnection>();
    names.listen('a', accepted.put);
    names.listen('b', others.put);
    const client = await names.dial('a', 'msgpack');
    const gateway = await accepted.next();
    expect([client.encoding, gateway.encoding, others.length]).toEqual(['msgpack', 'msgpack', 0]);
    const [atClient, atGateway] = [Recorder.on(client), Recorder.on(gateway)];
    client.send(Uint8Array.of(1));
    gateway.send(Uint8Array.of(2));
    await clock.settle();
    expect(atGateway.frames).toEqual([Uint8Array.of(1)]);
    expect(atClient.frames).toEqual([Uint8Array.of(2)]);
  });

  it('what the gateway says at once is not missed by a client that has just got its connection', async () => {
    const { clock, network: names } = network();
    names.listen('a', (connection) => connection.close(4101, 'full'));
    const heard = Recorder.on(await names.dial('a', 'json'));
    await clock.settle();
    expect(heard.closes).toEqual([{ code: 4101, reason: 'full' }]);
  });

  it('a name that nobody has is a DialError', async () => {
    const refusal = await network()
      .network.dial('nobody', 'json')
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DialError);
    expect((refusal as Error).message).toContain('inproc://nobody');
  });

  it('a name that is in use is a ListenError, and free again after close', async () => {
    const { network: names, accepted } = network();
    const first = names.listen('a', accepted.put);
    expect(first.address).toEqual({ scheme: 'inproc', name: 'a' });
    expect(() => names.listen('a', accepted.put)).toThrow(ListenError);
    expect(() => names.listen('a', accepted.put)).toThrow('the name is in use; choose another one');
    await first.close();
    await expect(names.dial('a', 'json')).rejects.toMatchObject({ code: 'DIAL_FAILED' });
    const second = names.listen('a', accepted.put);
    await first.close();
    await names.dial('a', 'json');
    await second.address;
    expect(accepted.length).toBe(1);
  });

  it('names of two networks have nothing to do with each other', async () => {
    const [one, two] = [network(), network()];
    one.network.listen('a', one.accepted.put);
    await expect(two.network.dial('a', 'json')).rejects.toMatchObject({ code: 'DIAL_FAILED' });
  });

  it('close resolves when the connections that are open have ended', async () => {
    const { clock, network: names, accepted } = network();
    const listener = names.listen('a', accepted.put);
    const clients = [await names.dial('a', 'json'), await names.dial('a', 'json')];
    const heard = clients.map((client) => Recorder.on(client));
    let ended = false;
    const closed = listener.close().then(() => {
      ended = true;
    });
    clients[0]?.close(1000, '');
    await clock.settle();
    expect(ended).toBe(false);
    listener.cutAll();
    await clock.settle();
    await closed;
    expect(heard.map(({ closes }) => closes.map(({ code }) => code))).toEqual([[1000], [1006]]);
  });
});

describe("a process's own names", () => {
  it('are where dial looks for inproc addresses', async () => {
    const accepted = new Inbox<AcceptedConnection>();
    const listener = inprocNetwork.listen('here', accepted.put, { frameBytesReadMax: 5 });
    const [client, gateway] = [await dial('inproc://here', 'json'), await accepted.next()];
    const [atClient, atGateway] = [Recorder.on(client), Recorder.on(gateway)];
    gateway.send('the bound is for what the gateway reads');
    client.send('12345');
    client.send('123456');
    expect((await atClient.closed()).code).toBe(1009);
    expect([atClient.events, atGateway.events]).toEqual([
      ['frame', 'close'],
      ['frame', 'close'],
    ]);
    await listener.close();
  });
});
