import { describe, expect, it } from 'vitest';
import { gap, place, Story } from '../support/story.ts';

const ANSWERED = 'liveness: every publish is answered';
const SUBSCRIBED = 'liveness: who may read is subscribed';
const DENIED = 'liveness: who may read is not denied';
const STREAM = 'liveness: a stream reaches the head';
const LATEST = 'liveness: latest shows the newest message';
const KEYED = 'liveness: keyed shows the newest message of each key';

describe('liveness of publishing', () => {
  it('is that every call is answered, in whatever way', () => {
    expect(new Story().begin().put(1).call('x').refuse('x', 'ACL_DENIED').finish().broken).toEqual([]);
    expect(new Story().begin().put(1).call('x').finish().broken).toEqual([ANSWERED]);
  });

  it('is told once for each client, at the end only', () => {
    const story = new Story().begin().call('a').call('b').call('c').call('d');
    expect(story.broken).toEqual([]);
    expect(story.finish().broken).toEqual([ANSWERED]);
    expect(story.violations[0]?.detail).toContain('and 1 more');
  });

  it('is not asked of a program that was killed after the call', () => {
    expect(new Story().begin().call('a').fault('client-restart', ['writer']).finish().broken).toEqual([]);
    expect(new Story().begin().fault('client-restart', ['writer']).call('a').finish().broken).toEqual([ANSWERED]);
  });
});

describe('liveness of subscribing', () => {
  it('is that an open subscription has begun', () => {
    expect(new Story().begin().subscribe().subscribed(0).finish().broken).toEqual([]);
    expect(new Story().begin().subscribe().finish().broken).toEqual([SUBSCRIBED]);
  });

  it('is that what ended with an error is opened again', () => {
    const ended = (code?: string) => new Story().begin().subscribe().subscribed(0).end(code);
    expect(ended().finish().broken).toEqual([]);
    expect(ended('SUBSCRIPTION_LOST').finish().broken).toEqual([SUBSCRIBED]);
    expect(
      ended('SUBSCRIPTION_LOST').subscribe('stream', { subscription: 's2' }).subscribed(0).finish().broken,
    ).toEqual([]);
  });

  it.each(['QUEUE_FULL', 'SNAPSHOT_TOO_LARGE', 'POSITION_GONE', 'LAGGED'])(
    'lets %s end it, as the program asked for',
    (code) => {
      expect(new Story().begin().subscribe().subscribed(0).end(code).finish().broken).toEqual([]);
    },
  );

  it('asks nothing for one who may not read at the end', () => {
    const story = new Story()
      .begin()
      .put(1, 3)
      .subscribe()
      .subscribed(1)
      .revoke('reader', 'subscribe')
      .end('ACL_DENIED');
    expect(story.finish().broken).toEqual([]);
  });

  it('asks for a subscription where the right came back', () => {
    const back = () =>
      new Story().begin().subscribe().revoke('reader', 'subscribe').end('ACL_DENIED').grant('reader', 'subscribe');
    expect(back().finish().broken).toEqual([SUBSCRIBED]);
    expect(back().subscribe().subscribed(0).finish().broken).toEqual([]);
  });

  it('finds a right that was denied although it was there all the time', () => {
    const held = () => new Story().begin().subscribe().wait(20_000);
    expect(held().end('ACL_DENIED').broken).toEqual([DENIED]);
    expect(held().revoke('reader', 'subscribe').grant('reader', 'subscribe').end('ACL_DENIED').broken).toEqual([]);
  });
});

describe('liveness of a stream', () => {
  const reading = () => new Story().begin().put(1, 4).subscribe().subscribed(0);

  it('is that it reaches the head', () => {
    expect(reading().giveAll(1, 4).finish().broken).toEqual([]);
    expect(new Story().begin().put(1, 4).subscribe().subscribed(4).finish().broken).toEqual([]);
    const story = reading().giveAll(1, 3).finish();
    expect(story.broken).toEqual([STREAM]);
    expect(story.violations[0]?.detail).toContain('the head is e1/4');
  });

  it('may be a gap that was told', () => {
    const behind = () =>
      reading()
        .giveAll(1, 2)
        .put(5, 20)
        .subscribed(20, 'gap', { asked: place(2) });
    expect(behind().toldGap(gap(2, 21)).finish().broken).toEqual([]);
    expect(behind().finish().broken).toEqual([STREAM]);
  });

  it('is not asked where everything was lost', () => {
    expect(reading().giveAll(1, 4).lose(0, true).finish().broken).toEqual([]);
  });

  it('goes on in the new epoch', () => {
    const story = reading().giveAll(1, 4).lose(4, true).store(1, { epoch: 'e2', restored: true });
    expect(story.finish().broken).toEqual([STREAM]);
  });
});

describe('liveness of latest', () => {
  const reading = () => new Story().begin().put(1, 4).subscribe('latest');

  it('is that it shows the newest message, as news or as state', () => {
    expect(reading().subscribed(0).give(4, { conflated: true }).finish().broken).toEqual([]);
    expect(reading().subscribed(4, 'snapshot').give(4, { fromSnapshot: true }).finish().broken).toEqual([]);
    expect(reading().subscribed(4).finish().broken).toEqual([]);
    expect(reading().subscribed(0).give(3, { conflated: true }).finish().broken).toEqual([LATEST]);
    expect(reading().subscribed(4, 'snapshot').finish().broken).toEqual([LATEST]);
  });

  it('shows nothing of a topic whose newest message is a removal', () => {
    const removed = reading().put(5, 5, { key: 'k', data: null }).subscribed(5, 'snapshot');
    expect(removed.finish().broken).toEqual([]);
  });
});

describe('liveness of keyed', () => {
  const reading = () => new Story().begin().put(1, 1, { key: 'a' }).put(2, 2, { key: 'b' }).put(3).subscribe('keyed');
  const all = () =>
    reading()
      .subscribed(3, 'snapshot')
      .give(1, { key: 'a', fromSnapshot: true })
      .give(2, { key: 'b', fromSnapshot: true })
      .give(3, { fromSnapshot: true });

  it('is that it shows the newest message of each key, and the newest without one', () => {
    expect(all().finish().broken).toEqual([]);
    expect(all().put(4, 4, { key: 'a' }).give(4, { key: 'a' }).finish().broken).toEqual([]);
  });

  it('finds a key that is behind, or missing', () => {
    expect(all().put(4, 4, { key: 'a' }).finish().broken).toEqual([KEYED]);
    expect(reading().subscribed(3, 'snapshot').give(3, { fromSnapshot: true }).finish().broken).toEqual([KEYED]);
  });

  it('does not ask for what came before a subscription without the state', () => {
    const live = () => reading().subscribed(3).put(4, 4, { key: 'a' });
    expect(live().give(4, { key: 'a' }).finish().broken).toEqual([]);
    expect(live().finish().broken).toEqual([KEYED]);
  });

  it('finds a key that was removed and is still shown', () => {
    const removed = () => all().put(4, 4, { key: 'a', data: null });
    expect(removed().give(4, { key: 'a', data: null }).finish().broken).toEqual([]);
    expect(removed().finish().broken).toEqual([KEYED]);
    expect(removed().send('snapshot', 4).finish().broken).toEqual([]);
  });
});
