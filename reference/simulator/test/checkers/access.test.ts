import { describe, expect, it } from 'vitest';
import { Story, TOPIC } from '../support/story.ts';

const READ = 'I1: a gateway gives bytes of a topic only to those who may read it';
const IDENTIFIED = 'I1: a gateway gives bytes of a topic only to connections that were identified';
const EXPIRY = 'I1: a connection gets nothing after its token has expired';
const PUBLISH = 'I1: nothing is stored from one who may not publish';

const TYPES = ['message', 'snapshot', 'head', 'health', 'live', 'lagged', 'subscribed'] as const;

describe('I1 reading', () => {
  it('lets a gateway send to those who may read', () => {
    const story = new Story().begin().subscribe();
    for (const type of TYPES) story.send(type, 0);
    expect(story.broken).toEqual([]);
  });

  it.each(TYPES)('finds %s sent to one who was never granted to read, at once', (type) => {
    const story = new Story().run().connect('reader').send(type, 1);
    expect(story.broken).toEqual([READ]);
    expect(story.violations[0]).toMatchObject({ nodes: ['gateway-1', 'reader'], topic: TOPIC, at: story.at });
  });

  it('goes by the principal of the connection, not by the name of the client', () => {
    const story = new Story()
      .run()
      .grant('reader', 'subscribe')
      .connect('reader', { principal: 'stranger' })
      .send('head', 1);
    expect(story.broken).toEqual([READ]);
  });

  it('counts a right to publish for nothing', () => {
    expect(new Story().run().grant('reader', 'publish').connect('reader').send('live').broken).toEqual([READ]);
  });

  it('finds bytes to a connection that was not identified', () => {
    const story = new Story().begin().send('message', 1, { connection: 'reader-2' });
    expect(story.broken).toEqual([IDENTIFIED]);
  });

  it('tells a breach once, however long it lasts', () => {
    const story = new Story().run().connect('reader');
    for (let seqNo = 1; seqNo < 9; seqNo++) story.send('message', seqNo);
    expect(story.broken).toEqual([READ]);
  });

  it('lets what was allowed travel on within accessRecheckMs after the right has ended', () => {
    const story = new Story().begin().subscribe().send('subscribed').revoke('reader', 'subscribe').wait(498);
    expect(story.send('message', 1).broken).toEqual([]);
  });

  it('finds what travels on beyond accessRecheckMs', () => {
    const story = new Story().begin().subscribe().send('subscribed').revoke('reader', 'subscribe').wait(501);
    expect(story.send('head', 1).broken).toEqual([READ]);
  });

  it('lets a gateway send again once the right is back', () => {
    const story = new Story().begin().revoke('reader', 'subscribe').wait(5_000).grant('reader', 'subscribe');
    expect(story.send('message', 1).broken).toEqual([]);
  });

  it('grants no delay to a connection that began without the right', () => {
    const story = new Story().begin().revoke('reader', 'subscribe').connect('reader', { connection: 'reader-2' });
    expect(story.send('snapshot', 1, { connection: 'reader-2' }).broken).toEqual([READ]);
  });

  it('grants no delay to a subscription that was asked for without the right', () => {
    const story = new Story().begin().revoke('reader', 'subscribe').subscribe();
    expect(story.send('subscribed').broken).toEqual([READ]);
  });

  it('lets whoever may read a topic read who is present there', () => {
    const story = new Story().begin().send('message', 1, { topic: `${TOPIC}.~presence` });
    expect(story.broken).toEqual([]);
  });

  it('finds what was given to one who may not read, where the wire is not seen', () => {
    const story = new Story().run({ seesWire: false, seesLog: false }).subscribe().give(1).give(2);
    expect(story.broken).toEqual([READ]);
  });
});

describe('I1 expiry', () => {
  const begun = () => {
    const story = new Story().begin();
    return story.connect('reader', { connection: 'reader-2', expiresAt: story.at + 1_000 });
  };

  it('lets a token count until it expires, by a clock that may be off, and until the next look', () => {
    expect(
      begun()
        .wait(1_000 + 50 + 490)
        .send('message', 1, { connection: 'reader-2' }).broken,
    ).toEqual([]);
  });

  it('finds bytes after that', () => {
    expect(
      begun()
        .wait(1_000 + 50 + 510)
        .send('message', 1, { connection: 'reader-2' }).broken,
    ).toEqual([EXPIRY]);
  });

  it('goes by the newest token of the connection', () => {
    const story = begun();
    story.connect('reader', { connection: 'reader-2', expiresAt: story.at + 9_000 }).wait(5_000);
    expect(story.send('message', 1, { connection: 'reader-2' }).broken).toEqual([]);
  });
});

describe('I1 publishing', () => {
  it('lets those publish who may', () => {
    expect(new Story().begin().put(1, 3).broken).toEqual([]);
  });

  it('finds what was stored from one who was never granted to publish', () => {
    expect(new Story().run().connect('writer').put(1).broken).toEqual([PUBLISH]);
  });

  it('lets a publish be stored that was under way when the right ended', () => {
    const story = new Story().begin().call('m-1').revoke('writer', 'publish').wait(3_000).store(1);
    expect(story.broken).toEqual([]);
  });

  it('lets a publish be stored that was called before the right came', () => {
    expect(new Story().run().call('m-1').grant('writer', 'publish').store(1).broken).toEqual([]);
  });

  it('finds what was called after the right had ended', () => {
    const story = new Story().begin().revoke('writer', 'publish').call('m-1').store(1);
    expect(story.broken).toEqual([PUBLISH]);
  });

  it('asks for nothing when the backbone carries a message over into a new epoch', () => {
    const story = new Story().begin().put(1).revoke('writer', 'publish').wait(9_000).lose(1, true);
    expect(story.store(1, { epoch: 'e2', restored: true }).broken).toEqual([]);
  });
});
