import { SignatureVerifier, signMessage } from '@micro-socket/protocol/signature';
import { describe, expect, it } from 'vitest';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { seqNos, taken, withGaps } from './support/taken.ts';

const secret = new Uint8Array(32).fill(7);
const key = { alg: 'HS256', keyId: 'k', secret } as const;
const verifier = new SignatureVerifier([key]);

/** The signature of the message at a seqNo, as the test's gateway sends it. */
const signatureOf = (seqNo: number) => signMessage({ topic: 'a', messageId: `m${seqNo}`, payload: { n: seqNo } }, key);

describe.each(['json', 'msgpack'] as const)('signatures in %s (§10, I7)', (encoding) => {
  it('that the client makes are those that a client verifies', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const options = {
      messageId: 'm1',
      signWith: (message: Parameters<typeof signMessage>[0]) => signMessage(message, key),
    };
    void gateway.client.publish('a', { n: 1 }, options);
    await gateway.settle();
    const { signature } = gateway.sent('publish')[0] ?? {};
    const { messages, options: taking } = taken({ verifier });
    await gateway.subscribed('a', 0, taking);
    gateway.message('a', 0, 1, signature === undefined ? {} : { signature });
    await gateway.settle();
    expect(messages).toMatchObject([{ seqNo: 1, verdict: { ok: true, keyId: 'k' } }]);
  });

  it('that are missing or wrong are marked by default, and counted', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { messages, signatures, options } = taken({ verifier });
    await gateway.subscribed('a', 0, options);
    gateway.message('a', 0, 1, { signature: signatureOf(1) });
    gateway.message('a', 1, 2);
    gateway.message('a', 2, 3, { signature: signatureOf(1) });
    await gateway.settle();
    expect(messages.map(({ verdict }) => verdict)).toMatchObject([
      { ok: true },
      { ok: false, code: 'SIGNATURE_MISSING' },
      { ok: false, code: 'SIGNATURE_INVALID' },
    ]);
    expect(signatures).toEqual([]);
    expect(gateway.client.stats().signatureFailures).toBe(2);
  });

  it('that are missing or wrong are dropped and told with drop-and-tell, also in a snapshot (D5)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const { messages, losses, signatures, options } = taken({
      verifier,
      onUnsigned: 'drop-and-tell',
      from: 'snapshot',
    });
    const subscription = await gateway.subscribed('a', 2, options, { recovered: 'snapshot' });
    const entry = (seqNo: number, signature = signatureOf(seqNo)) =>
      ({ seqNo, messageId: `m${seqNo}`, time: seqNo, data: { n: seqNo }, signature }) as const;
    const entries = [entry(1), entry(2, signatureOf(1))];
    gateway.send({ type: 'snapshot', ...gateway.place('a'), seqNo: 2, entries, last: true });
    gateway.message('a', 2, 3);
    gateway.message('a', 3, 4, { signature: signatureOf(3) });
    await gateway.settle();
    expect(subscription.position).toMatchObject({ seqNo: 4 });
    gateway.message('a', 4, 5, { signature: signatureOf(5) });
    await gateway.settle();
    expect(withGaps(messages)).toEqual([
      [1, undefined],
      [5, { afterSeqNo: 2, beforeSeqNo: 5, epochChanged: false }],
    ]);
    expect(signatures).toMatchObject([
      { code: 'SIGNATURE_INVALID', topic: 'a', seqNo: 2, messageId: 'm2' },
      { code: 'SIGNATURE_MISSING', topic: 'a', seqNo: 3, messageId: 'm3' },
      { code: 'SIGNATURE_INVALID', topic: 'a', seqNo: 4, messageId: 'm4' },
    ]);
    expect(losses).toEqual([]);
  });
});

describe('a verifier that fails', () => {
  it('does not make a message accepted', async () => {
    const errors: Error[] = [];
    const gateway = await ScriptedGateway.ready({ onError: (error) => errors.push(error) });
    const broken = {
      verify: () => {
        throw new Error('broken');
      },
    };
    const { messages, options } = taken({ verifier: broken, onUnsigned: 'drop-and-tell' });
    const { onSignatureError: _own, ...silent } = options;
    await gateway.subscribed('a', 0, silent);
    gateway.message('a', 0, 1);
    await gateway.settle();
    expect(seqNos(messages)).toEqual([]);
    expect(errors).toMatchObject([{ code: 'VERIFIER_FAILED', seqNo: 1 }]);
  });
});
