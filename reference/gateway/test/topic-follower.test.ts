import type { Entry, LossListener } from '@micro-socket/backbone';
import { describe, expect, it } from 'vitest';
import { TopicFollower } from '../src/core/topic-follower.ts';
import { PresenceWorld } from './support/presence-world.ts';

/** A follower over the link of a world; what it tells is noted. */
class Following {
  readonly world = new PresenceWorld();
  readonly heard: string[] = [];
  readonly follower: TopicFollower;
  /** Ends the feed, as a backbone does that cannot be sure of it any more. */
  lose: LossListener = () => {};
  stale = 0;
  #published = 0;

  constructor() {
    const { link, clock } = this.world;
    const subscribe = link.subscribe.bind(link);
    link.subscribe = (topic: string, listener: (entry: Entry) => void, onLost: LossListener = () => {}) => {
      this.lose = onLost;
      return subscribe(topic, listener);
    };
    this.follower = new TopicFollower({
      backbone: link,
      clock,
      topic: 'a',
      onState: ({ entries }) => this.heard.push(`state of ${entries.length}`),
      onEntry: ({ messageId }) => this.heard.push(messageId),
      onStale: () => {
        this.stale += 1;
      },
    });
  }

  async publish(): Promise<void> {
    this.#published += 1;
    const messageId = `m${this.#published}`;
    await this.world.backbone.publish({
      topic: 'a',
      publisher: 'x',
      messageId,
      key: messageId,
      payload: 1,
      sizeBytes: 9,
    });
  }
}

describe('a follower of a topic', () => {
  it('tells its state and then each change, and where it stands', async () => {
    const topic = new Following();
    await topic.publish();
    expect(topic.follower.isStale).toBe(true);
    await topic.follower.open();
    await topic.publish();
    expect(topic.heard).toEqual(['state of 1', 'm2']);
    expect(topic.follower).toMatchObject({ isStale: false, at: { seqNo: 2, messageId: 'm2' } });
  });

  it('is stale when the backbone has lost its feed, and is read anew when it is opened again', async () => {
    const topic = new Following();
    await topic.follower.open();
    topic.lose();
    await topic.publish();
    expect(topic).toMatchObject({ stale: 1, heard: ['state of 0'] });
    expect(topic.follower.isStale).toBe(true);
    await topic.follower.open();
    expect(topic.heard).toEqual(['state of 0', 'state of 1']);
  });

  it('is not taken for read when its feed was lost during the reading', async () => {
    const topic = new Following();
    const { link } = topic.world;
    const snapshot = link.snapshot.bind(link);
    link.snapshot = async (name) => {
      const state = await snapshot(name);
      topic.lose();
      return state;
    };
    await expect(topic.follower.open()).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(topic.follower.isStale).toBe(true);
    expect(link.openSubscriptions).toBe(0);
    link.snapshot = snapshot;
    await topic.follower.open();
    expect(topic.follower.isStale).toBe(false);
  });

  it('lets any number of askers wait for what is stored and not heard yet', async () => {
    const topic = new Following();
    const { link, clock } = topic.world;
    await topic.follower.open();
    link.goDown(1_000);
    await topic.publish();
    link.heal();
    let caughtUp = 0;
    for (let at = 0; at < 3; at++) {
      void topic.follower.catchUp().then(() => {
        caughtUp += 1;
      });
    }
    await clock.advance(999);
    expect(caughtUp).toBe(0);
    await clock.advance(1);
    expect(caughtUp).toBe(3);
    expect(clock.timerCount).toBe(0);
    expect(link.calls.snapshot).toBe(1);
  });
});
