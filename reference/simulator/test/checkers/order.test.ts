import { describe, expect, it } from 'vitest';
import { gap, place, Story } from '../support/story.ts';

const RISE = 'I3: seqNos of a log rise';
const CHAIN = 'I3: prevSeqNo names the message before';
const OWN = "I3: a publisher's own order is kept";
const GIVEN = 'I3: what a program is given rises';
const AGREE = 'I3: one place holds one message for everybody';

describe('I3 the log', () => {
  it('may have holes in its numbers, as long as its chain has none', () => {
    const story = new Story().begin().call('a').store(3, { messageId: 'a', prevSeqNo: 0 });
    expect(story.call('b').store(7, { messageId: 'b', prevSeqNo: 3 }).broken).toEqual([]);
  });

  it('finds a seqNo that does not rise', () => {
    const story = new Story().begin().put(1, 2).call('b').store(2, { messageId: 'b' });
    expect(story.broken).toEqual([RISE]);
  });

  it('finds a wrong predecessor', () => {
    const story = new Story().begin().put(1, 2).call('m-3').store(3, { prevSeqNo: 1 });
    expect(story.broken).toEqual([CHAIN]);
  });

  it('lets seqNos be used again for others when a tail was lost', () => {
    const story = new Story().begin().put(1, 3).lose(1, false).call('b').store(2, { messageId: 'b' });
    expect(story.broken).toEqual([]);
  });

  it('lets a new epoch begin anew', () => {
    expect(new Story().begin().put(1, 2).lose(0, true).put(1, 2, { epoch: 'e2' }).broken).toEqual([]);
  });
});

describe("I3 a publisher's own order", () => {
  const two = (ordered: boolean) => new Story().begin().call('a', { ordered }).call('b', { ordered });
  const swapped = (story: Story) => story.store(1, { messageId: 'b' }).store(2, { messageId: 'a' });

  it('finds two messages that were stored against the order of their calls', () => {
    expect(two(true).store(1, { messageId: 'a' }).store(2, { messageId: 'b' }).broken).toEqual([]);
    expect(swapped(two(true)).broken).toEqual([OWN]);
    expect(swapped(two(false)).broken).toEqual([OWN]);
  });

  it('does not count a call that failed, whose place is not known', () => {
    const story = new Story().begin().call('a', { ordered: true }).refuse('a', 'PUBLISH_TIMEOUT');
    expect(swapped(story.call('b', { ordered: true })).broken).toEqual([]);
  });

  it('does not count a call whose program was killed', () => {
    const story = new Story().begin().call('a', { ordered: true }).fault('client-restart', ['writer'], 'begins');
    expect(swapped(story.call('b', { ordered: true }).call('a', { ordered: true })).broken).toEqual([]);
  });

  it('counts the others when one has failed', () => {
    const story = new Story().begin().call('x', { ordered: true }).refuse('x', 'PUBLISH_TIMEOUT');
    expect(swapped(story.call('a', { ordered: true }).call('b', { ordered: true })).broken).toEqual([OWN]);
  });

  it('lets a client that has many under way send some of them again when the backbone has been away (§9.1)', () => {
    expect(swapped(two(false).fault('partition', ['gateway-1', 'engine'])).broken).toEqual([]);
    expect(swapped(two(false).connect('writer', { connection: 'writer-2' })).broken).toEqual([OWN]);
    expect(swapped(two(false).fault('cut', ['writer'])).broken).toEqual([OWN]);
  });

  it('lets a message that was lost come again behind later ones', () => {
    const story = new Story().begin().call('a', { ordered: true }).store(1, { messageId: 'a' }).lose(0, false);
    story.call('b', { ordered: true }).store(1, { messageId: 'b' });
    expect(story.call('a', { ordered: true }).store(2, { messageId: 'a' }).broken).toEqual([]);
  });
});

describe('I3 what is given', () => {
  it('finds an older message behind a newer one', () => {
    const story = new Story().begin().put(1, 3).subscribe('latest').subscribed(0);
    story.give(1).give(3, { conflated: true });
    expect(story.broken).toEqual([]);
    expect(story.give(2).broken).toContain(GIVEN);
  });

  it('lets numbers go back where they were used again and the reader was told', () => {
    const resumed = () => {
      const story = new Story().begin().put(1, 4).subscribe().subscribed(0).giveAll(1, 4).lose(1, false);
      story.put(2, 3, { messageId: 'other' });
      return story.subscribed(2, 'gap', { asked: place(4), position: place(2, 'other') });
    };
    expect(
      resumed()
        .give(3, { messageId: 'other', gap: gap(4, 3) })
        .broken.filter((rule) => rule === GIVEN),
    ).toEqual([]);
    expect(resumed().give(3, { messageId: 'other' }).broken).toContain(GIVEN);
  });

  it('finds readers who do not agree, where the log is not seen', () => {
    const story = new Story().begin({ seesLog: false, seesWire: false }).subscribe().give(1);
    story.grant('second', 'subscribe').subscribe('stream', { client: 'second', principal: 'second' });
    expect(story.give(2, { client: 'second' }).broken).toEqual([]);
    expect(story.give(2, { messageId: 'other' }).broken).toEqual([AGREE]);
  });
});
