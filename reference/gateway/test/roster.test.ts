import type { Entry } from '@micro-socket/backbone';
import type { JsonValue } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import type { Counts } from '../src/core/occupancy.ts';
import { Roster } from '../src/core/roster.ts';
import type { DistantBackbone } from './support/distant-backbone.ts';
import { PresenceWorld, type PresenceWorldOptions } from './support/presence-world.ts';

const TOPIC = 'room.~presence';

/** A roster that listens over the link of a world, and a presence topic that others write to. */
class Listening {
  readonly world: PresenceWorld;
  readonly roster: Roster;
  readonly heard: string[] = [];
  states = 0;
  stale = 0;
  #published = 0;

  constructor(options: PresenceWorldOptions = {}) {
    this.world = new PresenceWorld(options);
    this.roster = new Roster({
      backbone: this.link,
      clock: this.world.clock,
      topic: TOPIC,
      onState: () => {
        this.states += 1;
      },
      onEntry: ({ key, payload }: Entry) => this.heard.push(`${key}${payload === null ? ' left' : ''}`),
      onStale: () => {
        this.stale += 1;
      },
    });
  }

  get link(): DistantBackbone {
    return this.world.link;
  }

  /** Somebody elsewhere enters, or leaves. */
  async says(key: string, action: 'enters' | 'leaves' = 'enters'): Promise<void> {
    this.#published += 1;
    const payload = action === 'enters' ? { data: null } : null;
    const messageId = `m${this.#published}`;
    await this.world.backbone.publish({ topic: TOPIC, publisher: 'other', messageId, key, payload, sizeBytes: 10 });
  }

  /** The counts, with the clock driven until they are there. */
  async count(ms = 3_000): Promise<Counts | string> {
    const counted = this.roster.count().catch((error: Error) => error.message);
    await this.world.clock.advance(ms);
    return counted;
  }
}

describe('a roster', () => {
  it('counts who was there before it listened, and who comes and goes since', async () => {
    const room = new Listening();
    await room.says('ann/1');
    await room.says('ann/2');
    await room.says('bob/1');
    await room.says('bob/1', 'leaves');
    expect(await room.count()).toEqual({ users: 1, sessions: 2 });
    await room.says('bob/2');
    await room.says('ann/1', 'leaves');
    await room.says('ann/1', 'leaves');
    await room.says('bob/2');
    expect(await room.count()).toEqual({ users: 2, sessions: 2 });
    expect(room.heard).toEqual(['bob/2', 'ann/1 left', 'ann/1 left', 'bob/2']);
    expect(room.states).toBe(1);
  });

  it('tells who is present through which gateways, by the newest message of each', async () => {
    const room = new Listening();
    const say = (messageId: string, key: string, payload: JsonValue = { data: null }) =>
      room.world.backbone.publish({ topic: TOPIC, publisher: 'other', messageId, key, payload, sizeBytes: 10 });
    await say('here-1', 'ann/1');
    await say('there-1', 'bob/1');
    await room.roster.open();
    await say('here-2', 'ann/2');
    await say('there-2', 'ann/1');
    expect(room.roster.through((gateway) => gateway === 'here')).toEqual([{ key: 'ann/2', messageId: 'here-2' }]);
    expect(room.roster.through((gateway) => gateway === 'there')).toEqual([
      { key: 'bob/1', messageId: 'there-1' },
      { key: 'ann/1', messageId: 'there-2' },
    ]);
    await say('here-3', 'ann/2', null);
    expect(room.roster.through((gateway) => gateway === 'here')).toEqual([]);
    expect(room.roster.at).toMatchObject({ seqNo: 5 });
  });

  it('is read once by any number of askers, and listens once', async () => {
    const room = new Listening({ delayMsMax: 30 });
    const opened = Promise.all([room.roster.open(), room.roster.open(), room.roster.open()]);
    await room.world.clock.advance(500);
    await opened;
    await room.roster.open();
    expect(room.link.calls).toMatchObject({ subscribe: 1, snapshot: 1 });
    expect(room.link.openSubscriptions).toBe(1);
  });

  it('misses nobody who comes while it is being read, and counts nobody twice', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const room = new Listening({ delayMsMax: 40, seed });
      const counted = room.roster.count();
      for (let at = 0; at < 30; at++) {
        await room.says(`ann/${at}`);
        await room.world.clock.advance(5);
      }
      await room.world.clock.advance(500);
      await counted;
      expect(await room.count()).toEqual({ users: 1, sessions: 30 });
      expect(room.stale).toBe(0);
    }
  });

  it('waits with its counts until it has heard of everything that is stored', async () => {
    const room = new Listening();
    await room.roster.open();
    room.link.goDown(1_000);
    await room.says('ann/1');
    room.link.heal();
    let counts: Counts | undefined;
    void room.roster.count().then((counted) => {
      counts = counted;
    });
    await room.world.clock.advance(999);
    expect(counts).toBeUndefined();
    await room.world.clock.advance(1);
    expect(counts).toEqual({ users: 1, sessions: 1 });
    expect(room.link.calls.snapshot).toBe(1);
    expect(room.world.clock.timerCount).toBe(0);
  });

  it('is read anew when it does not hear of something for two seconds', async () => {
    const room = new Listening();
    await room.roster.open();
    room.link.isDeaf = true;
    await room.says('ann/1');
    room.link.isDeaf = false;
    const counted = room.roster.count();
    await room.world.clock.advance(1_999);
    expect(room.states).toBe(1);
    await room.world.clock.advance(1);
    expect(await counted).toEqual({ users: 1, sessions: 1 });
    expect(room.states).toBe(2);
    expect(room.link.openSubscriptions).toBe(1);
  });

  it('tells when an entry does not follow the one before, and is right when it is asked next', async () => {
    const room = new Listening();
    await room.roster.open();
    await room.says('ann/1');
    room.link.isDeaf = true;
    await room.says('ann/2');
    room.link.isDeaf = false;
    await room.says('bob/1');
    expect(room.stale).toBe(1);
    expect(await room.count(0)).toEqual({ users: 2, sessions: 3 });
    await room.says('bob/1', 'leaves');
    expect(await room.count(0)).toEqual({ users: 1, sessions: 2 });
    expect(room.stale).toBe(1);
  });

  it('is read anew when the history has become another one', async () => {
    const room = new Listening();
    await room.says('ann/1');
    await room.says('ann/2');
    expect(await room.count()).toEqual({ users: 1, sessions: 2 });
    await room.world.backbone.close();
    await room.says('bob/1');
    expect(await room.count(0)).toEqual({ users: 1, sessions: 1 });
  });

  it('cannot be read when too much comes in the meantime, says so, and can be when it is quieter', async () => {
    const room = new Listening({ delayMsMax: 0 });
    const { snapshot } = room.world.backbone;
    // 5,000 changes while the answer is on its way.
    room.world.backbone.snapshot = async (topic) => {
      const state = await snapshot.call(room.world.backbone, topic);
      for (let at = 0; at < 5_000; at++) await room.says('ann/1');
      return state;
    };
    expect(await room.count()).toContain(`${TOPIC} changes faster`);
    expect(room.link.openSubscriptions).toBe(0);
    room.world.backbone.snapshot = snapshot;
    expect(await room.count()).toEqual({ users: 1, sessions: 1 });
  });

  it('hears nothing once it is closed, even if it was being opened, and whoever waits is told', async () => {
    const room = new Listening();
    await room.roster.open();
    room.link.goDown(1_000);
    await room.says('ann/1');
    room.link.heal();
    const counted = room.roster.count().catch((error: Error) => error.message);
    await room.world.clock.settle();
    room.roster.close();
    expect(await counted).toContain('try again');
    await room.world.clock.advance(5_000);
    expect(room.heard).toEqual([]);

    const slow = new Listening({ delayMsMax: 30 });
    const opened = slow.roster.open().catch((error: Error) => error.message);
    slow.roster.close();
    await slow.world.clock.advance(500);
    expect(await opened).toContain('try again');
    for (const { link, world } of [room, slow]) {
      expect(link.openSubscriptions).toBe(0);
      expect(world.clock.timerCount).toBe(0);
    }
  });
});
