import type { PageFrame } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { isWaiting, settled } from './support/settled.ts';

const entry = (seqNo: number, prevSeqNo = seqNo - 1) => ({
  ...{ seqNo, prevSeqNo, messageId: `m${seqNo}`, time: seqNo, data: { n: seqNo } },
});

function page(gateway: ScriptedGateway, fields: Partial<PageFrame> = {}): void {
  const { id } = gateway.request;
  gateway.send({ type: 'page', id, topic: 'a', epoch: 'e', seqNo: 0, entries: [], last: true, ...fields });
}

describe.each(['json', 'msgpack'] as const)('read in %s (§4.12)', (encoding) => {
  it('asks for what the program wants, and gives the answer with its position', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const reading = gateway.client.read('a', { after: 4 }, { limit: 2 });
    await gateway.settle();
    expect(gateway.request).toMatchObject({ type: 'read', topic: 'a', from: { after: 4 }, limit: 2 });
    page(gateway, { seqNo: 4, entries: [entry(5), { ...entry(7, 5), key: 'k', by: 'ann' }] });
    expect(await settled(gateway, reading)).toEqual({
      topic: 'a',
      position: { epoch: 'e', seqNo: 4, messageId: undefined },
      messages: [
        { topic: 'a', epoch: 'e', ...entry(5) },
        { topic: 'a', epoch: 'e', ...entry(7, 5), key: 'k', by: 'ann' },
      ],
    });
  });

  it('puts an answer together from its parts, and resolves with the last one', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const reading = gateway.client.read('a', 'snapshot');
    await gateway.settle();
    page(gateway, { seqNo: 9, messageId: 'm9', entries: [entry(2)], last: false });
    expect(await isWaiting(gateway, reading)).toBe(true);
    page(gateway, { seqNo: 9, messageId: 'm9', entries: [entry(9)] });
    const { position, messages } = await settled(gateway, reading);
    expect(position).toEqual({ epoch: 'e', seqNo: 9, messageId: 'm9' });
    expect(messages.map(({ seqNo }) => seqNo)).toEqual([2, 9]);
  });

  it('asks for a position as the protocol has it, whatever else the program’s object holds (I6)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const position = { epoch: 'e', seqNo: 4, messageId: undefined, data: 'more' };
    const reading = gateway.client.read('a', position, { limit: 0 });
    await gateway.settle();
    expect(gateway.request).toMatchObject({ from: { epoch: 'e', seqNo: 4 }, limit: 0 });
    page(gateway, { seqNo: 4, anchored: false });
    expect(await settled(gateway, reading)).toMatchObject({ anchored: false, messages: [] });
  });

  it('gives each of several readers its own answer, in whichever order they come', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const readings = ['a', 'b'].map((topic) => gateway.client.read(topic, 'head'));
    await gateway.settle();
    const [first, second] = gateway.sent('read').map(({ id }) => id);
    const answer = (id: number | undefined, topic: string, seqNo: number) =>
      gateway.send({ type: 'page', id: id ?? 0, topic, epoch: 'e', seqNo, entries: [], last: true });
    answer(second, 'b', 2);
    answer(first, 'a', 1);
    const pages = await settled(gateway, Promise.all(readings));
    expect(pages.map(({ topic, position }) => [topic, position.seqNo])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('rejects with the refusal, and with the loss of the connection; nothing of either is left', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const refused = gateway.client.read('a', 'head');
    await gateway.settle();
    const { id } = gateway.request;
    gateway.send({ type: 'error', id, code: 'ACL_DENIED', message: 'no', retry: false });
    await expect(settled(gateway, refused)).rejects.toMatchObject({ code: 'ACL_DENIED' });
    const lost = gateway.client.read('a', 'head');
    await gateway.settle();
    gateway.close(1006);
    await expect(settled(gateway, lost)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    await expect(gateway.client.read('a', 'head')).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  it('ignores a page that nobody asked for', async () => {
    const errors: Error[] = [];
    const gateway = await ScriptedGateway.ready({ encoding, onError: (error) => errors.push(error) });
    gateway.send({ type: 'page', id: 99, topic: 'a', epoch: 'e', seqNo: 0, entries: [], last: true });
    await gateway.settle();
    expect(gateway.client.state).toBe('ready');
    expect(errors).toEqual([]);
  });
});

describe('retryRefused: false', () => {
  it('gives a refusal that may pass to the program, and still sends again after a lost link (§9.1)', async () => {
    const gateway = await ScriptedGateway.ready({ retryRefused: false });
    const refused = gateway.client.publish('a', 1);
    await gateway.settle();
    const { id } = gateway.request;
    gateway.send({ type: 'error', id, code: 'OVERLOADED', message: 'full', retry: true, afterMs: 5 });
    await expect(settled(gateway, refused)).rejects.toMatchObject({ code: 'OVERLOADED' });
    const kept = gateway.client.publish('a', 2, { messageId: 'm2', publisher: 'ann', by: 'ann' });
    await gateway.settle();
    await gateway.cut();
    await gateway.accept();
    const again = gateway.sent('publish');
    expect(again).toMatchObject([{ messageId: 'm2', publisher: 'ann', by: 'ann' }]);
    gateway.send({ type: 'ack', id: again[0]?.id ?? 0, messageId: 'm2', status: 'ok', epoch: 'e', seqNo: 1 });
    expect(await settled(gateway, kept)).toMatchObject({ status: 'ok' });
  });
});
