/** Gateways that share one backbone, as far as presence needs them, with virtual time. */

import { type Entry, MemoryBackbone } from '@micro-socket/backbone';
import { type Limits, limitsWith } from '@micro-socket/protocol';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { GATEWAYS_TOPIC, occupancyTopicOf, presenceTopicOf } from '../../src/core/derived-topics.ts';
import { Presences } from '../../src/core/presence.ts';
import { DistantBackbone } from './distant-backbone.ts';
import { ProcessClock } from './process-clock.ts';

export interface PresenceWorldOptions {
  readonly limits?: Partial<Limits>;
  readonly gateways?: number;
  /** How long a way to the backbone takes at most. */
  readonly delayMsMax?: number;
  readonly seed?: number;
}

/** One gateway's presence, and its link to the backbone. */
export interface PresenceGateway {
  readonly presences: Presences;
  readonly link: DistantBackbone;
  readonly process: ProcessClock;
}

export class PresenceWorld {
  readonly clock = new ManualClock();
  readonly limits: Limits;
  readonly backbone: MemoryBackbone;
  readonly gateways: readonly PresenceGateway[];
  readonly internalErrors: unknown[] = [];

  constructor({ limits = {}, gateways = 1, delayMsMax = 0, seed = 1 }: PresenceWorldOptions = {}) {
    const { clock } = this;
    this.limits = limitsWith(limits);
    this.backbone = new MemoryBackbone({ clock, random: seededRandom(seed), limits: this.limits });
    this.gateways = Array.from({ length: gateways }, (_, at) => {
      const random = seededRandom(seed * 1_000 + at + 1);
      const process = new ProcessClock(clock);
      const link = new DistantBackbone({ inner: this.backbone, clock: process, random, delayMsMax });
      const onInternalError = (error: unknown) => this.internalErrors.push(error);
      const ports = { backbone: link, clock: process.wall, random, limits: this.limits };
      return { presences: new Presences({ ...ports, onInternalError }), link, process };
    });
  }

  /** The first gateway's presence, where there is no other. */
  get presences(): Presences {
    return this.gateway(0).presences;
  }

  get link(): DistantBackbone {
    return this.gateway(0).link;
  }

  gateway(at: number): PresenceGateway {
    return this.gateways[at] as PresenceGateway;
  }

  /** Ends a gateway without a word, as SIGKILL does. */
  kill(at: number): void {
    const { process, link } = this.gateway(at);
    process.kill();
    link.die();
  }

  /** Stops a gateway, as SIGSTOP does: time passes, and what comes for it waits. */
  stop(at: number): void {
    const { process, link } = this.gateway(at);
    process.stop();
    link.isHeld = true;
  }

  goOn(at: number): void {
    const { process, link } = this.gateway(at);
    link.isHeld = false;
    process.goOn();
  }

  /** Who is present, by key, and what they show: what a newcomer gets. */
  async present(topic = 'room'): Promise<Record<string, unknown>> {
    const { entries } = await this.backbone.snapshot(presenceTopicOf(topic));
    return Object.fromEntries(entries.map(({ key, payload }) => [key, (payload as { data: unknown }).data]));
  }

  /** What was announced last; `undefined` before anything was. */
  async occupancy(topic = 'room'): Promise<unknown> {
    return (await this.backbone.snapshot(occupancyTopicOf(topic))).entries.at(-1)?.payload;
  }

  /** Everything that presence has said, as `key: data` or `key left`. */
  async changes(topic = 'room'): Promise<string[]> {
    const entries = await this.log(presenceTopicOf(topic));
    return entries.map(({ key, payload }) =>
      payload === null ? `${key} left` : `${key}: ${JSON.stringify((payload as { data: unknown }).data)}`,
    );
  }

  /** All counts that were announced, as `users/sessions`. */
  async announcements(topic = 'room'): Promise<string[]> {
    const entries = await this.log(occupancyTopicOf(topic));
    return entries.map(({ payload }) => {
      const { users, sessions } = payload as { users: number; sessions: number };
      return `${users}/${sessions}`;
    });
  }

  /** How many signs of life are stored, and which gateways' stand. */
  async signs(): Promise<{ stored: number; standing: number }> {
    const { entries } = await this.backbone.snapshot(GATEWAYS_TOPIC);
    return { stored: (await this.log(GATEWAYS_TOPIC)).length, standing: entries.length };
  }

  /** What is held for sessions that are gone. All of it is 0 when nothing was left behind. */
  leftovers(): Record<string, number> {
    const sum = (of: (gateway: PresenceGateway) => number) => this.gateways.reduce((all, one) => all + of(one), 0);
    return {
      sessions: sum(({ presences }) => presences.size),
      topics: sum(({ presences }) => presences.topicCount),
      subscriptions: sum(({ link }) => link.openSubscriptions),
      timers: this.clock.timerCount,
    };
  }

  /** All messages of a topic. */
  log(topic: string): Promise<readonly Entry[]> {
    return this.backbone.read(topic, { afterSeqNo: 0, limit: 1_000_000 });
  }
}

export const NOTHING_LEFT = { sessions: 0, topics: 0, subscriptions: 0, timers: 0 };
