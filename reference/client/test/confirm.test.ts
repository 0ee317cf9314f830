import { describe, expect, it } from 'vitest';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { seqNos, taken } from './support/taken.ts';

const confirmed = (gateway: ScriptedGateway) => gateway.sent('confirm').map(({ seqNo }) => seqNo);

describe('confirm (§4.5)', () => {
  it('is sent once for all messages of a turn that a callback has taken', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.subscribed('a', 0, taken({ confirmWindow: 10 }).options);
    for (const seqNo of [1, 2, 3]) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    gateway.message('a', 3, 4);
    await gateway.settle();
    expect(gateway.sent('confirm')).toEqual([
      { type: 'confirm', topic: 'a', seqNo: 3 },
      { type: 'confirm', topic: 'a', seqNo: 4 },
    ]);
  });

  it('is sent for a message when for await asks for the next one', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 0, { confirmWindow: 10 });
    for (const seqNo of [1, 2, 3]) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    const iterator = subscription[Symbol.asyncIterator]();
    await iterator.next();
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([]);
    await iterator.next();
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([1]);
    await iterator.next();
    void iterator.next();
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([1, 3]);
  });

  it('is the program’s with confirm: manual', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken({ confirmWindow: 10, confirm: 'manual' });
    const subscription = await gateway.subscribed('a', 0, options);
    for (const seqNo of [1, 2, 3]) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([]);
    subscription.confirm(1);
    subscription.confirm(messages[1] as { epoch: string; seqNo: number });
    await gateway.settle();
    subscription.confirm(1);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([2]);
    expect(() => subscription.confirm(4)).toThrow(expect.objectContaining({ code: 'INVALID_FIELD', topic: 'a' }));
  });

  it('is not sent without a confirmWindow', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 0, taken().options);
    gateway.message('a', 0, 1);
    await gateway.settle();
    subscription.confirm(1);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([]);
  });

  it('does not confirm what is held behind a gap, and confirms it when it was given', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.subscribed('a', 0, taken({ confirmWindow: 10 }).options);
    gateway.message('a', 0, 1);
    gateway.message('a', 2, 3);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([1]);
    gateway.message('a', 1, 2);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([1, 3]);
  });

  it('is sent by itself for a message that the program is never given, or the window would stay shut', async () => {
    const gateway = await ScriptedGateway.ready();
    const verifier = { verify: () => ({ ok: false, code: 'SIGNATURE_MISSING', message: 'None.' }) as const };
    const { messages, options } = taken({ confirmWindow: 1, verifier, onUnsigned: 'drop-and-tell' });
    await gateway.subscribed('a', 0, options);
    gateway.message('a', 0, 1);
    await gateway.settle();
    expect(messages).toEqual([]);
    expect(confirmed(gateway)).toEqual([1]);
  });

  it('begins anew with the connection, and never beyond what it has brought', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken({ confirmWindow: 10, confirm: 'manual' });
    const subscription = await gateway.subscribed('a', 0, options);
    for (const seqNo of [1, 2]) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    gateway.close(1006);
    await gateway.settle();
    subscription.confirm(2);
    await gateway.redialled();
    expect(gateway.sent('setup')[0]?.resume?.subscriptions).toMatchObject([{ confirmWindow: 10, from: { seqNo: 2 } }]);
    await gateway.accept();
    gateway.begin('a', 2, { recovered: 'full' });
    gateway.message('a', 2, 3);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([]);
    subscription.confirm(3);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([3]);
    expect(seqNos(messages)).toEqual([1, 2, 3]);
  });

  it('waits for what is sent again, when the subscription begins before what was given', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken({ confirmWindow: 10, confirm: 'manual', checksum: true });
    const subscription = await gateway.subscribed('a', 0, options, { checksum: 5 });
    for (const seqNo of [1, 2]) gateway.message('a', seqNo - 1, seqNo);
    gateway.send({ type: 'head', topic: 'a', epoch: 'e', seqNo: 2, checksum: 6 });
    await gateway.settle();
    gateway.send({ type: 'unsubscribed', id: gateway.request.id, topic: 'a', reason: 'asked' });
    await gateway.clock.advance(1_000);
    gateway.begin('a', 0, { id: gateway.idOf('subscribe'), recovered: 'full', headSeqNo: 2, checksum: 5 });
    await gateway.settle();
    subscription.confirm(1);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([]);
    for (const seqNo of [1, 2]) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([1]);
    expect(seqNos(messages)).toEqual([1, 2]);
  });

  it('of a message of an earlier epoch counts for nothing', async () => {
    const gateway = await ScriptedGateway.ready();
    const { messages, options } = taken({ confirmWindow: 10, confirm: 'manual' });
    const subscription = await gateway.subscribed('a', 8, options);
    gateway.message('a', 8, 9);
    await gateway.settle();
    gateway.send({ type: 'unsubscribed', topic: 'a', reason: 'epoch' });
    await gateway.settle();
    gateway.begin('a', 0, { id: gateway.request.id, epoch: 'new', recovered: 'gap' });
    for (const seqNo of [1, 2]) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    const [old, first] = messages;
    if (old !== undefined) subscription.confirm(old);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([]);
    if (first !== undefined) subscription.confirm(first);
    await gateway.settle();
    expect(confirmed(gateway)).toEqual([1]);
  });

  it('makes room for a whole window, whatever queueMessagesMax says', async () => {
    const gateway = await ScriptedGateway.ready();
    const { ends, options } = taken({ confirmWindow: 5, queueMessagesMax: 1 });
    const { onMessage: _callback, ...queued } = options;
    await gateway.subscribed('a', 0, queued);
    for (const seqNo of [1, 2, 3, 4, 5]) gateway.message('a', seqNo - 1, seqNo);
    await gateway.settle();
    expect(ends).toEqual([]);
  });
});
