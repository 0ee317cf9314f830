import type { Entry } from '@micro-socket/backbone';
import { limitsWith } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { PRINCIPAL_NAME_PATTERN } from '../src/core/access.ts';
import { GATEWAYS_TOPIC } from '../src/core/derived-topics.ts';
import { GatewayMessages } from '../src/core/gateway-messages.ts';
import { LifeSigns } from '../src/core/life-signs.ts';
import { LinkError } from './support/distant-backbone.ts';
import { PresenceWorld } from './support/presence-world.ts';

const LIVENESS_MS = 15_000;
const SIGN_EVERY_MS = 5_000;
const KNOWN_FOR_EVER = 0;

/** The signs of some gateways over the links of a world, the first of which is looked at. */
class Signs {
  readonly world: PresenceWorld;
  readonly all: readonly LifeSigns[];
  readonly ids: readonly string[];
  signsHeard = 0;

  /** The longest time that each of them may be silent. */
  constructor(livenessMs: readonly number[] = [LIVENESS_MS, LIVENESS_MS]) {
    this.world = new PresenceWorld({ gateways: livenessMs.length });
    const messages = livenessMs.map((_, at) => new GatewayMessages(seededRandom(at + 100)));
    this.ids = messages.map(({ gateway }) => gateway);
    this.all = livenessMs.map((gatewayLivenessMs, at) => {
      const { link, process } = this.world.gateway(at);
      return new LifeSigns({
        backbone: link,
        clock: process.wall,
        random: seededRandom(at + 200),
        limits: limitsWith({ gatewayLivenessMs, presenceGraceMs: 1_000 }),
        messages: messages[at] as GatewayMessages,
        onSign: () => {
          if (at === 0) this.signsHeard += 1;
        },
        onInternalError: (error) => this.world.internalErrors.push(error),
      });
    });
  }

  get first(): LifeSigns {
    return this.of(0);
  }

  of(at: number): LifeSigns {
    return this.all[at] as LifeSigns;
  }

  id(at: number): string {
    return this.ids[at] as string;
  }

  log(): Promise<readonly Entry[]> {
    return this.world.log(GATEWAYS_TOPIC);
  }

  advance(ms: number): Promise<void> {
    return this.world.clock.advance(ms);
  }
}

describe('signs of life (§4.8)', () => {
  it('are given at once and then three times in gatewayLivenessMs, and stand for that long', async () => {
    const signs = new Signs();
    signs.first.start();
    await signs.advance(2 * LIVENESS_MS - 1);
    const log = await signs.log();
    expect(log.map(({ time }) => time - (log[0]?.time ?? 0))).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000]);
    for (const { key, payload, ttlMs } of log) {
      expect({ key, payload, ttlMs }).toEqual({ key: signs.id(0), payload: true, ttlMs: LIVENESS_MS });
    }
    expect(new Set(log.map(({ messageId }) => messageId)).size).toBe(6);
    expect(signs.signsHeard).toBe(5);
  });

  it('are published under a name that no principal can have', async () => {
    const signs = new Signs();
    const { link } = signs.world.gateway(0);
    const publishers: string[] = [];
    const publish = link.publish.bind(link);
    link.publish = (request) => {
      publishers.push(request.publisher);
      return publish(request);
    };
    signs.first.start();
    await signs.advance(SIGN_EVERY_MS);
    expect(new Set(publishers).size).toBe(1);
    expect(publishers[0]).not.toMatch(new RegExp(PRINCIPAL_NAME_PATTERN));
  });

  it('come no more often when they are started again, and one started twice is started once', async () => {
    const signs = new Signs();
    for (let at = 0; at < 100; at++) {
      signs.first.start();
      signs.first.start();
      await signs.advance(90);
      signs.first.stop();
      await signs.advance(10);
    }
    expect(await signs.log()).toHaveLength(2);
    expect(signs.world.leftovers()).toMatchObject({ timers: 0, subscriptions: 0 });
  });

  it('are given at once when the clock was set back since the last one', async () => {
    const signs = new Signs();
    signs.first.start();
    await signs.advance(1_000);
    signs.first.stop();
    signs.world.gateway(0).process.set(-3_600_000);
    signs.first.start();
    await signs.advance(0);
    expect(await signs.log()).toHaveLength(2);
  });

  it('that fail are tried again until it is time for the next one, and then given up without a word', async () => {
    const signs = new Signs();
    signs.first.start();
    await signs.advance(SIGN_EVERY_MS - 1);
    signs.world.gateway(0).link.fail('publish', new LinkError(), { times: 7, of: () => true });
    await signs.advance(SIGN_EVERY_MS);
    expect(await signs.log()).toHaveLength(1);
    await signs.advance(3_000);
    const log = await signs.log();
    expect(log).toHaveLength(2);
    await signs.advance(LIVENESS_MS);
    // That of the one before is not given any more.
    expect(await signs.log()).toHaveLength(5);
    expect(signs.world.internalErrors).toEqual([]);
  });

  it('that are refused for good are reported, and those after them are given', async () => {
    const signs = new Signs([60_000, LIVENESS_MS]);
    const lost = new LinkError();
    signs.world.gateway(0).link.fail('publish', lost, { times: 7, of: () => true });
    signs.first.start();
    await signs.advance(20_000);
    expect(signs.world.internalErrors).toEqual([lost]);
    expect(await signs.log()).toHaveLength(1);
  });

  it('end with stop: nothing is tried any more, and nothing is left', async () => {
    const signs = new Signs();
    signs.world.gateway(0).link.fail('publish', new LinkError(), { times: 99, of: () => true });
    signs.first.start();
    await signs.advance(100);
    signs.first.stop();
    signs.world.gateway(0).link.heal();
    await signs.advance(LIVENESS_MS);
    expect(await signs.log()).toEqual([]);
    expect(signs.world.leftovers()).toMatchObject({ timers: 0, subscriptions: 0 });
    expect(signs.world.internalErrors).toEqual([]);
  });

  it('end with a last word when the gateway closes, if one may stand, and once', async () => {
    const signs = new Signs();
    signs.of(1).close();
    signs.of(1).start();
    signs.first.start();
    await signs.advance(SIGN_EVERY_MS);
    signs.first.close();
    signs.first.close();
    await signs.advance(LIVENESS_MS);
    expect((await signs.log()).map(({ key, payload }) => [key, payload])).toEqual([
      [signs.id(0), true],
      [signs.id(0), true],
      [signs.id(0), null],
    ]);
  });
});

describe('a gateway is gone', () => {
  it('when it was not heard of for longer than gatewayLivenessMs, and back when it is heard of', async () => {
    const signs = new Signs();
    for (const one of signs.all) one.start();
    await signs.advance(60_000);
    expect(signs.first.isGone(signs.id(1), KNOWN_FOR_EVER)).toBe(false);
    signs.of(1).stop();
    await signs.advance(LIVENESS_MS);
    expect(signs.first.isGone(signs.id(1), KNOWN_FOR_EVER)).toBe(false);
    await signs.advance(SIGN_EVERY_MS);
    expect(signs.first.isGone(signs.id(1), KNOWN_FOR_EVER)).toBe(true);
    signs.of(1).start();
    await signs.advance(0);
    expect(signs.first.isGone(signs.id(1), KNOWN_FOR_EVER)).toBe(false);
  });

  it('not when it was heard of in another topic', async () => {
    const signs = new Signs();
    signs.first.start();
    await signs.advance(60_000);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(true);
    signs.first.heardOf('other');
    await signs.advance(LIVENESS_MS);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(false);
    await signs.advance(SIGN_EVERY_MS);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(true);
  });

  it('not before what it has to do with is known for so long', async () => {
    const signs = new Signs();
    signs.first.start();
    await signs.advance(60_000);
    const { timeMs } = signs.first;
    await signs.advance(LIVENESS_MS);
    expect(signs.first.isGone('other', timeMs)).toBe(false);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(true);
    await signs.advance(SIGN_EVERY_MS);
    expect(signs.first.isGone('other', timeMs)).toBe(true);
  });

  it('later, when it gives signs less often and says so', async () => {
    const signs = new Signs([LIVENESS_MS, 60_000]);
    for (const one of signs.all) one.start();
    for (let at = 0; at < 20; at++) {
      await signs.advance(SIGN_EVERY_MS);
      expect(signs.first.isGone(signs.id(1), KNOWN_FOR_EVER)).toBe(false);
    }
    // It has begun to hear again, and knows this from what stands there.
    signs.first.stop();
    signs.of(1).stop();
    signs.first.start();
    await signs.advance(45_000);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(true);
    expect(signs.first.isGone(signs.id(1), KNOWN_FOR_EVER)).toBe(false);
    await signs.advance(30_000);
    expect(signs.first.isGone(signs.id(1), KNOWN_FOR_EVER)).toBe(true);
  });

  it('never, if it is the one that asks, or if that one does not listen', async () => {
    const signs = new Signs();
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(false);
    signs.first.start();
    await signs.advance(60_000);
    expect(signs.first.isGone(signs.id(0), KNOWN_FOR_EVER)).toBe(false);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(true);
    signs.first.stop();
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(false);
  });

  it('not while the feed is lost, nor for as long after it', async () => {
    const signs = new Signs();
    signs.first.start();
    await signs.advance(60_000);
    const { link } = signs.world.gateway(0);
    link.isDeaf = true;
    await signs.advance(SIGN_EVERY_MS);
    link.isDeaf = false;
    signs.of(1).start();
    await signs.advance(0);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(false);
    await signs.advance(LIVENESS_MS + SIGN_EVERY_MS);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(false);
    await signs.advance(SIGN_EVERY_MS);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(true);
  });

  it.each([
    ['its own signs are not stored', (signs: Signs) => signs.world.gateway(0).link.goDown(60_000, 'none')],
    ['it was stopped', (signs: Signs) => signs.world.stop(0)],
    ['it does not hear', (signs: Signs) => signs.world.gateway(0).link.goDown(60_000, 'some')],
  ] as const)('not because time has passed while %s', async (_why, goAway) => {
    const signs = new Signs();
    signs.first.start();
    signs.first.heardOf('other');
    await signs.advance(LIVENESS_MS - 1);
    goAway(signs);
    await signs.advance(59_000);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(false);
    signs.world.goOn(0);
    signs.world.gateway(0).link.heal();
    await signs.advance(LIVENESS_MS);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(false);
    await signs.advance(2 * SIGN_EVERY_MS);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(true);
  });

  it('in time, though it was heard of while the clock was an hour ahead', async () => {
    const signs = new Signs();
    const { process } = signs.world.gateway(0);
    signs.first.start();
    await signs.advance(62_000);
    process.set(3_600_000);
    signs.first.heardOf('other');
    process.set(-3_600_000);
    await signs.advance(LIVENESS_MS + 2 * SIGN_EVERY_MS);
    expect(signs.first.isGone('other', KNOWN_FOR_EVER)).toBe(true);
  });

  it('as if it had never been heard of, if ten thousand others were heard of since', async () => {
    const signs = new Signs();
    signs.first.start();
    await signs.advance(60_000);
    for (let at = 0; at <= 10_000; at++) signs.first.heardOf(`g${at}`);
    expect(signs.first.isGone('g0', KNOWN_FOR_EVER)).toBe(true);
    expect(signs.first.isGone('g1', KNOWN_FOR_EVER)).toBe(false);
    signs.first.heardOf('g1');
    signs.first.heardOf('one more');
    expect(signs.first.isGone('g1', KNOWN_FOR_EVER)).toBe(false);
    expect(signs.first.isGone('g2', KNOWN_FOR_EVER)).toBe(true);
  });
});
