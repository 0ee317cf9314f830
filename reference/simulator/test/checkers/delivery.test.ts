import { describe, expect, it } from 'vitest';
import { gap, NEW_EPOCH_GAP, place, Story } from '../support/story.ts';

const STORED = 'I4: what is acknowledged is stored';
const UNTOLD = 'I4: a stream misses nothing that it was not told of';
const ALL = 'I4: a gap names all that is missing';
const EPOCH = 'I4: a new epoch is told';
const MARKED = 'I4: what a mode leaves out is marked';
const NOTHING = 'I4: nothing is told lost for nothing';
const KEPT = 'I4: what is still kept is delivered';
const FULL = 'I6: after a full recovery nothing is missing';

describe('I4 acknowledging', () => {
  it('finds an answer to what was never stored', () => {
    expect(new Story().begin().call('m-1').answer('m-1', 1).broken).toEqual([STORED]);
    expect(new Story().begin().call('m-1').store(1).answer('m-1', 1).broken).toEqual([]);
  });

  it('lets a message be lost after its call, which is a loss worse than the level', () => {
    expect(new Story().begin().call('m-1').store(1).lose(0, true).answer('m-1', 1).broken).toEqual([]);
  });

  it('finds a repeat that is answered with a place that had been lost before', () => {
    const story = new Story().begin().put(1).lose(0, true).call('m-1').answer('m-1', 1, { status: 'duplicate' });
    expect(story.broken).toEqual([STORED]);
  });
});

describe('I4 a stream', () => {
  const reading = (upTo = 6) => new Story().begin().put(1, upTo).subscribe().subscribed(0);

  it('is given everything from where it began', () => {
    expect(reading().giveAll(1, 6).broken).toEqual([]);
    expect(new Story().begin().put(1, 3).subscribe().subscribed(3).put(4, 5).giveAll(4, 5).broken).toEqual([]);
    const from = place(2);
    expect(
      new Story().begin().put(1, 4).subscribe('stream', { from }).subscribed(2, 'full', { asked: from }).give(3).broken,
    ).toEqual([]);
  });

  it('finds a hole between two messages', () => {
    const story = reading().give(1).give(4);
    expect(story.broken).toEqual([UNTOLD]);
    expect(story.violations[0]?.detail).toBe(
      's1 of reader was given prices.eurusd e1/4 after e1/1: 2 to 3 are missing.',
    );
  });

  it('finds a hole before the first message', () => {
    expect(reading().give(2).broken).toEqual([UNTOLD]);
  });

  it('finds a hole after a position that the program went on from', () => {
    expect(
      new Story()
        .begin()
        .put(1, 4)
        .subscribe('stream', { from: place(2) })
        .give(4).broken,
    ).toEqual([UNTOLD]);
  });

  it('lets numbers have holes', () => {
    const story = new Story().begin().subscribe().subscribed(0).call('a').store(5, { messageId: 'a', prevSeqNo: 0 });
    story.call('b').store(9, { messageId: 'b', prevSeqNo: 5 });
    expect(story.give(5, { messageId: 'a' }).give(9, { messageId: 'b' }).broken).toEqual([]);
  });

  it('lets a loss be told, with the message or ahead of it', () => {
    const evicted = () => reading(20).give(1);
    expect(evicted().give(11, { gap: gap(1, 11) }).broken).toEqual([]);
    expect(evicted().toldGap(gap(1, 11)).give(11).broken).toEqual([]);
    expect(
      evicted()
        .toldGap(gap(1, 11))
        .give(11, { gap: gap(1, 11) }).broken,
    ).toEqual([]);
  });

  it('finds a gap that does not name all that is missing', () => {
    const evicted = () => reading(20).give(1);
    expect(evicted().give(11, { gap: gap(2, 11) }).broken).toEqual([ALL]);
    expect(evicted().give(11, { gap: gap(1, 10) }).broken).toEqual([ALL]);
    expect(evicted().toldGap(gap(1, 9)).give(11).broken).toEqual([ALL]);
  });

  it('goes on from any beginning that a gateway has named, because the client may not have heard of it', () => {
    const twice = () => new Story().begin().put(1).subscribe().subscribed(1).put(2).subscribed(2).put(3);
    expect(twice().give(3).broken).toEqual([]);
    expect(twice().giveAll(2, 3).broken).toEqual([]);
  });

  it('does not begin anew where it was given something', () => {
    const story = reading().give(1).subscribed(5);
    expect(story.give(6).broken).toEqual([UNTOLD]);
  });

  it('goes on after a state', () => {
    const story = reading(20)
      .give(1)
      .subscribed(20, 'snapshot', { asked: place(1) })
      .give(20, { fromSnapshot: true });
    expect(story.put(21).give(21).broken).toEqual([]);
    expect(story.put(22, 23).give(23).broken).toEqual([UNTOLD]);
  });

  it('finds a new epoch without a word', () => {
    const changed = () => reading(2).giveAll(1, 2).lose(0, true).put(1, 1, { epoch: 'e2' });
    expect(changed().give(1, { epoch: 'e2' }).broken).toEqual([EPOCH]);
    expect(changed().give(1, { epoch: 'e2', gap: gap(0, 1) }).broken).toContain(EPOCH);
    expect(changed().give(1, { epoch: 'e2', gap: { ...NEW_EPOCH_GAP, afterSeqNo: 2 } }).broken).toEqual([]);
  });

  it('holds nothing against a reader whose seqNos were given to others without notice', () => {
    const story = reading(4).giveAll(1, 4).lose(1, false);
    for (const seqNo of [2, 3, 4, 5]) story.put(seqNo, seqNo, { messageId: `again-${seqNo}` });
    expect(story.give(5, { messageId: 'again-5' }).broken).toEqual([]);
  });

  it('lets messages of a lost tail be given, and finds one that is missing among them', () => {
    const lost = () => reading(4).give(1).lose(1, true);
    expect(lost().giveAll(2, 4).broken).toEqual([]);
    expect(lost().give(4).broken).toEqual([UNTOLD]);
  });
});

describe('I4 telling', () => {
  const reading = (upTo = 6) => new Story().begin().put(1, upTo).subscribe().subscribed(0);

  it('finds a gap in which there is nothing', () => {
    expect(
      reading()
        .giveAll(1, 3)
        .give(4, { gap: gap(3, 4) }).broken,
    ).toEqual([NOTHING]);
    expect(reading().giveAll(1, 3).toldGap(gap(3, 4)).broken).toEqual([NOTHING]);
  });

  it('lets a gap be empty that a gateway told which had been cut off', () => {
    const story = reading().giveAll(1, 3).fault('partition', ['gateway-1', 'engine']);
    expect(story.toldGap(gap(3, 4)).broken).toEqual([]);
  });

  it('lets a gap be told together with the state that follows it', () => {
    const resumed = new Story()
      .begin()
      .put(1, 20)
      .subscribe('stream', { from: place(3) });
    resumed.subscribed(20, 'snapshot', { asked: place(3) }).toldGap(gap(3, 21));
    expect(resumed.give(20, { gap: gap(3, 21), fromSnapshot: true }).broken).toEqual([]);
  });

  it('lets a gap be empty after a loss that nobody noticed', () => {
    const story = reading(4).giveAll(1, 4).lose(2, false);
    for (const seqNo of [3, 4, 5]) story.put(seqNo, seqNo, { messageId: `again-${seqNo}` });
    expect(story.toldGap(gap(4, 5)).broken).toEqual([]);
  });

  it('finds a gap that names what was given', () => {
    expect(
      reading(20)
        .giveAll(1, 3)
        .give(11, { gap: gap(1, 11) }).broken,
    ).toEqual([NOTHING]);
  });

  it('finds a new epoch that is none', () => {
    expect(reading().giveAll(1, 3).give(6, { gap: NEW_EPOCH_GAP }).broken).toEqual([NOTHING]);
  });

  it('finds messages told lost that are still kept, when nothing was broken', () => {
    expect(
      reading()
        .give(1)
        .give(4, { gap: gap(1, 4) }).broken,
    ).toEqual([KEPT]);
  });

  it('lets them be told lost once they are no longer kept', () => {
    expect(
      reading(20)
        .give(1)
        .give(11, { gap: gap(1, 11) }).broken,
    ).toEqual([]);
  });

  it('lets a replay be given up under a fault, and for a while after', () => {
    const broken = () => reading().give(1).fault('partition', ['gateway-1', 'engine'], 'begins');
    expect(
      broken()
        .wait(60_000)
        .give(4, { gap: gap(1, 4) }).broken,
    ).toEqual([]);
    const ended = () => broken().fault('partition', ['gateway-1', 'engine'], 'ends');
    expect(
      ended()
        .wait(9_000)
        .give(4, { gap: gap(1, 4) }).broken,
    ).toEqual([]);
    expect(
      ended()
        .wait(16_000)
        .give(4, { gap: gap(1, 4) }).broken,
    ).toEqual([KEPT]);
  });

  it('takes no fault of another client for an excuse', () => {
    const story = reading()
      .give(1)
      .fault('cut', ['writer'])
      .give(4, { gap: gap(1, 4) });
    expect(story.broken).toEqual([KEPT]);
  });

  it('is a matter of I6 right after an answer full', () => {
    const story = reading()
      .give(1)
      .subscribed(1, 'full', { asked: place(1) })
      .give(4, { gap: gap(1, 4) });
    expect(story.broken).toEqual([FULL]);
  });

  it('lets a position without a message be lost', () => {
    const story = new Story()
      .begin()
      .put(1, 3)
      .subscribe()
      .subscribed(3, 'none', { position: { epoch: 'e1', seqNo: 3 } });
    expect(story.toldGap(gap(3, 4)).broken).toEqual([]);
  });
});

describe('I4 the other modes', () => {
  const reading = (mode: 'latest' | 'keyed' | 'volatile') =>
    new Story().begin().put(1, 6).subscribe(mode).subscribed(0);

  it.each(['latest', 'keyed', 'volatile'] as const)('finds what %s leaves out without a mark', (mode) => {
    expect(reading(mode).give(1).give(4, { conflated: true }).give(5).broken).toEqual([]);
    expect(
      reading(mode)
        .give(1)
        .give(4, { gap: gap(1, 4) }).broken,
    ).toEqual([]);
    expect(reading(mode).give(1).give(4).broken).toEqual([MARKED]);
  });

  it.each(['latest', 'keyed', 'volatile'] as const)('finds a new epoch of %s without a word', (mode) => {
    const changed = () => reading(mode).give(1).lose(0, true).put(1, 1, { epoch: 'e2' });
    expect(changed().give(1, { epoch: 'e2' }).broken).toEqual([EPOCH]);
    expect(changed().give(1, { epoch: 'e2', gap: NEW_EPOCH_GAP }).broken).toEqual([]);
  });

  it('lets a keyed reader go on after a state that takes the place of all that it had', () => {
    const story = reading('keyed').give(1).send('snapshot', 4).give(3, { fromSnapshot: true });
    expect(story.give(5).broken).toEqual([]);
  });

  it('does not know where a state is complete that does not say so', () => {
    expect(reading('keyed').give(1).send('snapshot').give(2, { fromSnapshot: true }).give(5).broken).toEqual([]);
  });
});
