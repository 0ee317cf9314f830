import { limitsWith } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { TopicFollower } from '../src/index.ts';
import { SourcedBackbone } from './support/sourced-backbone.ts';

/** A follower of the topic `a`; what it tells is noted. */
class Following {
  readonly clock = new ManualClock();
  readonly backbone = new SourcedBackbone({ clock: this.clock, random: seededRandom(1), limits: limitsWith({}) });
  readonly heard: string[] = [];
  readonly follower: TopicFollower;
  stale = 0;
  #published = 0;

  constructor() {
    const { backbone, clock } = this;
    this.follower = new TopicFollower({
      backbone,
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
    await this.backbone.publish({ topic: 'a', publisher: 'x', messageId, key: messageId, payload: 1, sizeBytes: 9 });
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
    topic.backbone.loseFeeds('a');
    await topic.publish();
    expect(topic).toMatchObject({ stale: 1, heard: ['state of 0'] });
    expect(topic.follower.isStale).toBe(true);
    await topic.follower.open();
    expect(topic.heard).toEqual(['state of 0', 'state of 1']);
  });

  it('is stale when the topic has ended, and cannot be opened until there is one again', async () => {
    const topic = new Following();
    await topic.follower.open();
    topic.backbone.endTopic('a', 'It was deleted.');
    expect(topic.stale).toBe(1);
    expect(topic.follower.isStale).toBe(true);
    await expect(topic.follower.open()).rejects.toMatchObject({ code: 'NO_SUCH_TOPIC' });
    topic.backbone.beginTopic('a');
    await topic.follower.open();
    expect(topic.follower.isStale).toBe(false);
  });

  it('is not taken for read when its feed was lost during the reading', async () => {
    const topic = new Following();
    const { backbone } = topic;
    const snapshot = backbone.snapshot.bind(backbone);
    backbone.snapshot = async (name) => {
      const state = await snapshot(name);
      backbone.loseFeeds('a');
      return state;
    };
    await expect(topic.follower.open()).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(topic.follower.isStale).toBe(true);
    expect(backbone.openFeeds).toBe(0);
    backbone.snapshot = snapshot;
    await topic.follower.open();
    expect(topic.follower.isStale).toBe(false);
  });

  it('lets any number of askers wait for what is stored and not heard yet', async () => {
    const topic = new Following();
    const { backbone, clock } = topic;
    await topic.follower.open();
    backbone.hold();
    await topic.publish();
    let caughtUp = 0;
    for (let at = 0; at < 3; at++) {
      void topic.follower.catchUp().then(() => {
        caughtUp += 1;
      });
    }
    await clock.advance(1_000);
    expect(caughtUp).toBe(0);
    backbone.release();
    await clock.advance(0);
    expect(caughtUp).toBe(3);
    expect(clock.timerCount).toBe(0);
    expect(topic.heard).toEqual(['state of 0', 'm1']);
  });

  it('reads the topic anew when what is stored stays unheard', async () => {
    const topic = new Following();
    const { backbone, clock } = topic;
    await topic.follower.open();
    backbone.hold();
    await topic.publish();
    const caughtUp = topic.follower.catchUp();
    await clock.advance(2_000);
    await caughtUp;
    expect(topic.heard).toEqual(['state of 0', 'state of 1']);
  });
});
