import { describe, expect, it } from 'vitest';
import type { SubscribeEvent } from '../../src/history.ts';
import { place, Story } from '../support/story.ts';

const OWNER = 'I6: a session is resumed by its owner only';
const ONE = 'I6: a session has one connection of a gateway';
const ANCHOR = 'I6: a recovery is full only from a position that stands in the log';
const ASKED = 'I6: a full recovery goes on where it was asked to';
const FITS = 'I6: an answer fits the question';
const FULL = 'I6: after a full recovery nothing is missing';

describe('I6 a session', () => {
  const tried = (isOwner: boolean, accepted: boolean) =>
    new Story()
      .begin()
      .tell({ kind: 'resume-tried', client: 'x', connection: 'x-1', principal: 'x', sessionId: 's', isOwner, accepted })
      .broken;

  it('is given to its owner only', () => {
    expect(tried(true, true)).toEqual([]);
    expect(tried(false, false)).toEqual([]);
    expect(tried(false, true)).toEqual([OWNER]);
  });

  const taken = (gateway: string) =>
    new Story().begin().subscribe().subscribed(0).connect('reader', { connection: 'reader-2', gateway, resumed: true });

  it('finds bytes to the connection that it was taken from, once', () => {
    expect(taken('gateway-1').send('message', 1, { connection: 'reader-2' }).broken).toEqual([]);
    expect(taken('gateway-1').send('message', 1).send('message', 2).broken).toEqual([ONE]);
  });

  it('may still have a connection of another gateway', () => {
    expect(taken('gateway-2').send('message', 1).broken).toEqual([]);
  });

  it('is not taken over by a new token on the same connection', () => {
    expect(new Story().begin().connect('reader', { resumed: true }).send('head', 0).broken).toEqual([]);
  });
});

describe('I6 an answer', () => {
  const reading = (upTo = 6, mode: SubscribeEvent['mode'] = 'stream') =>
    new Story().begin().put(1, upTo).subscribe(mode);
  const full = (seqNo: number, messageId = `m-${seqNo}`, epoch = 'e1') => {
    const asked = place(seqNo, messageId, epoch);
    return { asked, position: asked };
  };

  it('may be full from a message that stands in the log', () => {
    expect(reading().subscribed(3, 'full', full(3)).broken).toEqual([]);
    expect(reading().subscribed(0, 'full', { asked: { epoch: 'e1', seqNo: 0 } }).broken).toEqual([]);
  });

  it.each([
    ['another message', full(3, 'other')],
    ['a place where nothing stands', full(9)],
    ['an epoch of which nothing is known', full(3, 'm-3', 'e9')],
    ['a place without its message', { asked: { epoch: 'e1', seqNo: 3 }, position: { epoch: 'e1', seqNo: 3 } }],
  ])('is not full from %s', (_, more) => {
    expect(reading().subscribed(3, 'full', more).broken).toEqual([ANCHOR]);
  });

  it('is not full from a message that was lost, also where another has its seqNo', () => {
    const lost = () => reading().lose(2, false).put(3, 3, { messageId: 'other' });
    expect(lost().wait(2_000).subscribed(3, 'full', full(3)).broken).toEqual([ANCHOR]);
    expect(lost().subscribed(3, 'full', full(3, 'other')).broken).toEqual([]);
  });

  it('may have been on its way while the message was lost', () => {
    expect(reading().lose(2, true).subscribed(3, 'full', full(3)).broken).toEqual([]);
  });

  it('is not full in an epoch that has ended', () => {
    expect(reading().lose(6, true).wait(2_000).subscribed(3, 'full', full(3)).broken).toEqual([ANCHOR]);
  });

  it('is not full from a message that was given up long ago', () => {
    expect(reading(13).wait(2_000).subscribed(3, 'full', full(3)).broken).toEqual([ANCHOR]);
    expect(reading(13).wait(2_000).subscribed(4, 'full', full(4)).broken).toEqual([]);
    expect(
      reading(11)
        .wait(2_000)
        .subscribed(0, 'full', { asked: { epoch: 'e1', seqNo: 0 } }).broken,
    ).toEqual([ANCHOR]);
  });

  it('goes on where it was asked to', () => {
    expect(reading().subscribed(4, 'full', { asked: place(3) }).broken).toEqual([ASKED]);
  });

  it('is full only to a question, and a question is never answered none', () => {
    expect(reading().subscribed(3, 'full').broken).toEqual([FITS]);
    expect(reading().subscribed(6, 'none', { asked: place(3) }).broken).toEqual([FITS]);
    expect(reading().subscribed(6, 'gap', { asked: place(3) }).broken).toEqual([]);
  });

  it.each(['latest', 'keyed', 'volatile'] as const)('is full for %s only at the head', (mode) => {
    expect(reading(6, mode).wait(2_000).subscribed(6, 'full', full(6)).broken).toEqual([]);
    expect(reading(6, mode).wait(2_000).subscribed(4, 'full', full(4)).broken).toEqual([ANCHOR]);
    expect(reading(6, mode).subscribed(5, 'full', full(5)).broken).toEqual([]);
  });

  it('is followed by everything when it is full', () => {
    const resumed = () => reading().subscribed(0).giveAll(1, 2).subscribed(2, 'full', full(2));
    expect(resumed().giveAll(3, 6).broken).toEqual([]);
    expect(resumed().give(4).broken).toEqual([FULL]);
  });
});
