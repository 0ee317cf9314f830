import { describe, expect, it } from 'vitest';
import { Story, TOPIC } from '../support/story.ts';

const STORED = 'I7: what is stored is what was published';
const DELIVERED = 'I7: what is delivered is what is stored there';
const SUMS = 'I7: no checksum and no signature is wrong';

describe('I7 storing', () => {
  it('keeps what was published, in whatever order its keys are', () => {
    const data = { a: [1, { b: null }], c: 'x' };
    const story = new Story()
      .begin()
      .call('m-1', { data })
      .store(1, { data: { c: 'x', a: [1, { b: null }] } });
    expect(story.broken).toEqual([]);
  });

  it.each([
    ['another value', { data: { n: 2 } }],
    ['a field more', { data: { n: 'm-1', more: 1 } }],
    ['a list for an object', { data: ['m-1'] }],
    ['a key that was not given', { key: 'k' }],
    ['another publisher', { publisher: 'other' }],
  ])('finds %s', (_, more) => {
    const story = new Story().begin().grant('other', 'publish').call('m-1').store(1, more);
    expect(story.broken).toEqual([STORED]);
  });
});

describe('I7 delivering', () => {
  const reading = () => new Story().begin().put(1, 3).subscribe().subscribed(0);

  it.each([
    ['other data', { data: { n: 'm-2' } }],
    ['another message', { messageId: 'm-2' }],
    ['a key', { key: 'k' }],
    ['an epoch of which nothing was stored', { epoch: 'e9', fromSnapshot: true as const }],
  ])('finds %s', (_, more) => {
    expect(reading().give(1, more).broken).toContain(DELIVERED);
  });

  it('holds for the parts of a state', () => {
    expect(reading().give(1, { fromSnapshot: true }).broken).toEqual([]);
    expect(reading().give(1, { fromSnapshot: true, data: 0 }).broken).toEqual([DELIVERED]);
  });

  it('lets both messages be given that had one seqNo', () => {
    const story = reading().lose(0, false).put(1, 1, { messageId: 'other' });
    story.grant('second', 'subscribe').subscribe('stream', { client: 'second', principal: 'second' });
    expect(story.give(1).give(1, { client: 'second', messageId: 'other' }).broken).toEqual([]);
    expect(story.give(2, { messageId: 'neither' }).broken).toContain(DELIVERED);
  });

  it('says nothing where the log is not seen', () => {
    expect(new Story().begin({ seesLog: false }).subscribe().give(7).broken).toEqual([]);
  });
});

describe('I7 what clients find', () => {
  const accuse = (story: Story, code: string) =>
    story.tell({ kind: 'integrity', client: 'reader', subscription: 's1', topic: TOPIC, code }).broken;

  it('is a breach', () => {
    expect(accuse(new Story().begin().subscribe(), 'CHECKSUM_MISMATCH')).toEqual([SUMS]);
    expect(accuse(new Story().begin().subscribe(), 'SIGNATURE_INVALID')).toEqual([SUMS]);
  });

  it('is none where seqNos were used twice, as far as sums go', () => {
    const reused = () => new Story().begin().put(1, 2).subscribe().lose(1, false);
    expect(accuse(reused(), 'CHECKSUM_MISMATCH')).toEqual([]);
    expect(accuse(reused(), 'SIGNATURE_INVALID')).toEqual([SUMS]);
  });
});
