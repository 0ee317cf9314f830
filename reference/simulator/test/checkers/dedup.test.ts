import { describe, expect, it } from 'vitest';
import { place, Story } from '../support/story.ts';

const ONCE = 'I2: an id is stored once inside the window';
const PLACE = 'I2: answers of one id name the place of its message';
const CONFLICT = 'I2: other content under a known id is a conflict';
const FALSE_CONFLICT = 'I2: the same content under a known id is no conflict';
const ONE_OK = 'I2: one message is answered ok to one call';
const TWICE = 'I2: a program gets no message twice';
const STATE = 'I2: what is in a state is not news after it';

describe('I2 storing', () => {
  it('lets a repeat be answered with the first place', () => {
    const story = new Story().begin().put(1).call('m-1').answer('m-1', 1, { status: 'duplicate' });
    expect(story.broken).toEqual([]);
  });

  it('finds an id that is stored twice inside the window', () => {
    const story = new Story().begin().put(1).call('m-1').store(2, { messageId: 'm-1' });
    expect(story.broken).toEqual([ONCE]);
  });

  it('lets another user, and another id, be stored', () => {
    const story = new Story().begin().grant('other', 'publish').put(1);
    story.call('m-1', { client: 'other', principal: 'other' }).store(2, { messageId: 'm-1', publisher: 'other' });
    expect(story.broken).toEqual([]);
  });

  it('lets an id make a new message when the window has passed, and not a millisecond before', () => {
    const again = (afterMs: number) => {
      const story = new Story().begin().call('m-1').store(1);
      const time = story.at + afterMs;
      return story.call('m-1').store(2, { messageId: 'm-1', time }).broken;
    };
    expect(again(60_000)).toEqual([]);
    expect(again(59_999)).toEqual([ONCE]);
  });

  it('lets an id be stored again whose message was lost', () => {
    const story = new Story().begin().put(1).lose(0, false).call('m-1').store(1).answer('m-1', 1);
    expect(story.broken).toEqual([]);
  });

  it('finds an id that was forgotten although its message was not lost', () => {
    const story = new Story().begin().put(1, 2).lose(1, true).store(1, { epoch: 'e2', restored: true });
    expect(story.broken).toEqual([]);
    story.call('m-1').store(2, { epoch: 'e2', messageId: 'm-1' });
    expect(story.broken).toEqual([ONCE]);
  });
});

describe('I2 answering', () => {
  it('finds an answer that names the place of another message', () => {
    const story = new Story().begin().put(1, 2).call('m-1').answer('m-1', 2, { status: 'duplicate' });
    expect(story.broken).toEqual([PLACE]);
  });

  it('lets an answer name the place that the message has in a new epoch', () => {
    const story = new Story().begin().put(1).lose(1, true).store(1, { epoch: 'e2', restored: true }).call('m-1');
    story.answer('m-1', 1, { status: 'duplicate', position: place(1, 'm-1', 'e2') });
    expect(story.broken).toEqual([]);
  });

  it.each(['ok', 'duplicate'])('finds other content that was answered %s', (status) => {
    const story = new Story()
      .begin()
      .call('m-1')
      .store(1)
      .call('m-1', { data: { n: 'other' } });
    expect(story.answer('m-1', 1, { status }).broken).toEqual([CONFLICT]);
  });

  it('finds another key that was answered duplicate', () => {
    const story = new Story().begin().put(1).call('m-1', { key: 'k' }).answer('m-1', 1, { status: 'duplicate' });
    expect(story.broken).toEqual([CONFLICT]);
  });

  it('lets other content be a conflict', () => {
    const story = new Story().begin().put(1).call('m-1', { data: 2 }).refuse('m-1', 'MESSAGE_ID_CONFLICT');
    expect(story.broken).toEqual([]);
  });

  it('lets the same keys in another order be a conflict, and be none', () => {
    const story = new Story()
      .begin()
      .call('m-1', { data: { a: 1, b: 2 } })
      .store(1, { data: { a: 1, b: 2 } });
    story.call('m-1', { data: { b: 2, a: 1 } }).answer('m-1', 1, { status: 'duplicate' });
    story.call('m-1', { data: { b: 2, a: 1 } }).refuse('m-1', 'MESSAGE_ID_CONFLICT');
    expect(story.broken).toEqual([]);
  });

  it('finds a conflict where all content was the same', () => {
    const story = new Story().begin().put(1).call('m-1').refuse('m-1', 'MESSAGE_ID_CONFLICT');
    expect(story.broken).toEqual([FALSE_CONFLICT]);
  });

  it('finds one message that was answered ok to two calls', () => {
    const story = new Story().begin().put(1).call('m-1').answer('m-1', 1);
    expect(story.broken).toEqual([ONE_OK]);
  });
});

describe('I2 delivering', () => {
  const reading = () => new Story().begin().put(1, 4).subscribe().subscribed(0);

  it('finds a message that is given twice', () => {
    expect(reading().giveAll(1, 2).broken).toEqual([]);
    expect(reading().giveAll(1, 2).give(2).broken).toEqual([TWICE]);
    expect(reading().giveAll(1, 3).give(2).broken).toContain(TWICE);
  });

  it('lets a state repeat what was news', () => {
    const story = reading()
      .giveAll(1, 2)
      .subscribed(2, 'snapshot', { asked: place(2) })
      .give(2, { fromSnapshot: true });
    expect(story.give(3).broken).toEqual([]);
  });

  it('finds news that a state had, or that is older than one', () => {
    const withState = () => reading().subscribed(3, 'snapshot').give(3, { fromSnapshot: true });
    expect(withState().give(4).broken).toEqual([]);
    expect(withState().give(3).broken).toContain(STATE);
    expect(withState().give(2).broken).toContain(STATE);
  });

  it('finds one id that is given from two places, although the log has it once', () => {
    const story = new Story().begin().call('m-1').store(1).call('m-1').store(2, { messageId: 'm-1' });
    story.subscribe().subscribed(0).give(1).give(2, { messageId: 'm-1' });
    expect(story.broken).toEqual([ONCE, TWICE]);
  });

  it('lets an id be given again that was lost and published anew', () => {
    const story = new Story().begin().put(1, 2).subscribe().subscribed(0).giveAll(1, 2).lose(1, true);
    story.store(1, { epoch: 'e2', restored: true }).put(2, 2, { epoch: 'e2' });
    story.subscribed(1, 'gap', { asked: place(2), position: place(1, 'm-1', 'e2') });
    story.give(2, { epoch: 'e2', gap: { afterSeqNo: 2, epochChanged: true } });
    expect(story.broken).toEqual([]);
  });

  it('lets an id be given again whose copy in a new epoch was lost', () => {
    const story = new Story().begin().put(1).subscribe().subscribed(0).give(1).lose(1, true);
    story.store(1, { epoch: 'e2', restored: true }).lose(0, true, 'e2').put(1, 1, { epoch: 'e3' });
    expect(story.give(1, { epoch: 'e3', gap: { afterSeqNo: 1, epochChanged: true } }).broken).toEqual([]);
  });

  it('lets an id be given from both of its places where a lost tail went unnoticed', () => {
    const story = new Story()
      .begin()
      .put(1, 2)
      .subscribe()
      .subscribed(0)
      .call('x')
      .store(3, { messageId: 'x' })
      .lose(1, false);
    story.call('x').store(2, { messageId: 'x' });
    expect(story.give(1).give(2, { messageId: 'x' }).give(3, { messageId: 'x' }).broken).toEqual([]);
  });
});
