import { type Limits, limitsWith, ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { type Backbone, type Entry, MemoryBackbone, type PublishRequest } from '../src/index.ts';
import { skipFaults } from '../suite/backbone-suite.ts';
import { backboneSuite, type MadeBackbone, RULE_GROUPS, type RuleGroup, type RuleTitle } from '../suite/index.ts';
import { NEEDS, rulesOf } from '../suite/rules.ts';
import { type Rule, tryRule } from '../suite/trial.ts';
import { type Feed, Link, LinkedBackbone } from './support/linked-backbone.ts';

interface Made extends MadeBackbone {
  readonly backbone: LinkedBackbone;
}

async function makeIntact(limits: Partial<Limits> = {}): Promise<Made> {
  const clock = new ManualClock();
  const store = new MemoryBackbone({ clock, random: seededRandom(1), limits: limitsWith(limits) });
  const link = new Link();
  const again = async () => new LinkedBackbone(store, new Link());
  return { clock, backbone: new LinkedBackbone(store, link), another: again, interrupt: link, restart: again };
}

backboneSuite('A backbone behind a link', { make: makeIntact });

interface Fault {
  readonly fault: string;
  /** The rule that must find it. */
  readonly rule: RuleTitle;
  /** Does the wrong thing to every backbone that is made, or only to those that a restart gives. */
  readonly breaks: (backbone: LinkedBackbone, place: number) => Partial<Record<keyof LinkedBackbone, unknown>>;
  readonly onlyRestarted?: boolean;
}

/** A method as it was before a fault took its place. */
function was<Name extends 'publish' | 'read' | 'snapshot' | 'tail' | 'subscribe' | 'close'>(
  backbone: LinkedBackbone,
  name: Name,
): LinkedBackbone[Name] {
  return backbone[name].bind(backbone) as LinkedBackbone[Name];
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Changes what is published. */
function publishing(
  change: (request: PublishRequest, place: number, count: number) => PublishRequest,
): Fault['breaks'] {
  return (backbone, place) => {
    const publish = was(backbone, 'publish');
    let count = 0;
    return { publish: (request: PublishRequest) => publish(change(request, place, count++)) };
  };
}

/** Changes what is read. */
function reading(change: (entries: readonly Entry[], afterSeqNo: number) => readonly Entry[]): Fault['breaks'] {
  return (backbone) => {
    const read = was(backbone, 'read');
    const changed: Backbone['read'] = async (topic, range) => change(await read(topic, range), range.afterSeqNo);
    return { read: changed };
  };
}

/** Answers a publish that failed with UNAVAILABLE in some other way. */
function failing(answer: (backbone: LinkedBackbone, request: PublishRequest) => unknown): Fault['breaks'] {
  return (backbone) => {
    const publish = was(backbone, 'publish');
    return { publish: (request: PublishRequest) => publish(request).catch(() => answer(backbone, request)) };
  };
}

/** Hands entries out in some other way than in one chain. */
function handing(handOut: (backbone: LinkedBackbone, feed: Feed, entry: Entry) => void): Fault['breaks'] {
  return (backbone) => ({ handOut: (feed: Feed, entry: Entry) => handOut(backbone, feed, entry) });
}

const faults: readonly Fault[] = [
  {
    fault: 'stores every other message later than it was told to',
    rule: 'publishes that are started one after the other are stored in that order (I3)',
    breaks: (backbone) => {
      const publish = was(backbone, 'publish');
      let count = 0;
      const late = async (request: PublishRequest) => {
        if (count++ % 2 === 0) await turn();
        return publish(request);
      };
      return { publish: late };
    },
  },
  {
    fault: 'hands every other entry out after the one that follows it',
    rule: 'all listeners of a topic get the same entries in the same order, and only of their topic (I3)',
    breaks: () => {
      const held = new Map<Feed, Entry>();
      const handOut = (feed: Feed, entry: Entry) => {
        const before = held.get(feed);
        feed.last = entry.seqNo;
        if (before === undefined) held.set(feed, entry);
        else for (const next of [entry, before]) feed.listener(next);
        if (before !== undefined) held.delete(feed);
      };
      return { handOut };
    },
  },
  {
    fault: 'keeps an entry from its listeners now and then',
    rule: 'all listeners of a topic get the same entries in the same order, and only of their topic (I3)',
    breaks: handing((_, feed, entry) => {
      feed.last = entry.seqNo;
      if (entry.seqNo % 7 > 0) feed.listener(entry);
    }),
  },
  {
    fault: 'tells the time at which nothing was stored',
    rule: 'an entry carries what was published and when it was stored',
    breaks: reading((entries) => entries.map((entry) => ({ ...entry, time: entry.time - 1 }))),
  },
  {
    fault: 'stores all topics in one',
    rule: 'topics do not share a history',
    breaks: publishing((request) => ({ ...request, topic: 'a' })),
  },
  {
    fault: 'tells the head that there was before the listener was joined',
    rule: 'misses nothing between the head that it names and the first entry (I4)',
    breaks: (backbone) => {
      const subscribe = was(backbone, 'subscribe');
      const early: Backbone['subscribe'] = async (topic, listener) => {
        const head = await backbone.store.head(topic);
        await turn();
        return { ...(await subscribe(topic, listener)), head };
      };
      return { subscribe: early };
    },
  },
  {
    fault: 'tells the head that there is after the listener was joined',
    rule: 'who joins one while the other stores hears all that follows the head, without a hole (I4)',
    breaks: (backbone) => {
      const subscribe = was(backbone, 'subscribe');
      const late: Backbone['subscribe'] = async (topic, listener) => {
        const { close } = await subscribe(topic, listener);
        return { head: await backbone.store.head(topic), close };
      };
      return { subscribe: late };
    },
  },
  {
    fault: 'goes on after a subscription is closed',
    rule: 'a closed subscription hears nothing more, at once; the others hear everything',
    breaks: (backbone) => ({ end: () => void backbone }),
  },
  {
    fault: 'closes a subscription a turn later',
    rule: 'a listener that closes its own subscription has heard its last entry, whatever is under way',
    breaks: (backbone) => {
      const end = backbone.end.bind(backbone);
      return { end: (feed: Feed) => void turn().then(() => end(feed)) };
    },
  },
  {
    fault: 'ends the feed of a listener that throws',
    rule: 'a listener that throws breaks neither the publish nor the other listeners, nor its own next entry',
    breaks: handing((backbone, feed, entry) => {
      feed.last = entry.seqNo;
      try {
        feed.listener(entry);
      } catch {
        backbone.end(feed);
      }
    }),
  },
  {
    fault: 'forgets every id at once',
    rule: 'the same id with the same payload is stored once and answered with the first position',
    breaks: publishing((request, _, count) => ({ ...request, publisher: `${request.publisher}${count}` })),
  },
  {
    fault: 'does not look at the content of a repeat',
    rule: 'the same id with another payload is MESSAGE_ID_CONFLICT, and nothing is stored',
    breaks: publishing((request) => ({ ...request, payload: 'same' })),
  },
  {
    fault: 'takes all publishers for one',
    rule: 'ids of different publishers never meet',
    breaks: publishing((request) => ({ ...request, publisher: 'anyone' })),
  },
  {
    fault: 'loses what a message is about',
    rule: 'reaches listeners, read and tail unchanged, and nothing is added',
    breaks: publishing((request) => ({ ...request, ref: undefined })),
  },
  {
    fault: 'takes no notice of an expectation',
    rule: 'refuses it otherwise with SEQ_CONFLICT, and names the seqNo of the head',
    breaks: publishing((request) => ({ ...request, expectSeqNo: undefined })),
  },
  {
    fault: 'looks at the expectation before it recognises a repeat',
    rule: 'a repeat is recognised first: it is a duplicate although the head has moved on (I2)',
    breaks: (backbone) => {
      const publish = was(backbone, 'publish');
      const early = async (request: PublishRequest) => {
        const { seqNo } = await backbone.store.head(request.topic);
        if (request.expectSeqNo !== undefined && request.expectSeqNo !== seqNo) {
          throw new ProtocolError('SEQ_CONFLICT', `The head is at ${seqNo}.`);
        }
        return publish(request);
      };
      return { publish: early };
    },
  },
  {
    fault: 'reads one entry too many',
    rule: 'gives the entries after a seqNo, oldest first, no more than the limit',
    breaks: (backbone) => {
      const read = was(backbone, 'read');
      const more: Backbone['read'] = (topic, { afterSeqNo, limit }) => read(topic, { afterSeqNo, limit: limit + 1 });
      return { read: more };
    },
  },
  {
    fault: 'hides that there is a hole before what it reads',
    rule: 'shows a hole: the first entry that is left names one before it that the reader has not asked from',
    breaks: reading(([first, ...rest], afterSeqNo) =>
      first === undefined ? [] : [{ ...first, prevSeqNo: afterSeqNo }, ...rest],
    ),
  },
  {
    fault: 'keeps keys that were removed',
    rule: 'null with a key removes the key, and is an ordinary message otherwise',
    breaks: publishing((request) => ({ ...request, payload: request.payload ?? 'nothing' })),
  },
  {
    fault: 'gives a state that is older than the head that it names',
    rule: 'is the state at its head, whatever is published meanwhile, and what follows the head completes it',
    breaks: (backbone) => {
      const snapshot = was(backbone, 'snapshot');
      return {
        snapshot: async (topic: string) => ({ ...(await snapshot(topic)), head: await backbone.store.head(topic) }),
      };
    },
  },
  {
    fault: 'names the first of the newest entries as the place before them',
    rule: 'gives the newest entries, oldest first, and the position before the first of them',
    breaks: (backbone) => {
      const tail = was(backbone, 'tail');
      const wrong: Backbone['tail'] = async (topic, count) => ({
        ...(await tail(topic, count)),
        before: (await tail(topic, 1)).head,
      });
      return { tail: wrong };
    },
  },
  {
    fault: 'finds an anchor wherever there is a message',
    rule: 'does not hold for another message at that seqNo, another epoch, a place without a message, another topic',
    breaks: (backbone) => ({
      anchor: async (topic: string, { epoch, seqNo }: Entry) =>
        (await backbone.store.read(topic, { afterSeqNo: 0, limit: 100 })).some(
          (entry) => entry.epoch === epoch && entry.seqNo === seqNo,
        ),
    }),
  },
  {
    fault: 'finds an anchor where a message once was',
    rule: 'whenever it holds, reading from there gives everything after it',
    breaks: () => ({ anchor: async () => true }),
  },
  {
    fault: 'keeps the ids of each gateway for itself',
    rule: 'one message that both are given at the same time is stored once, and both answer with its position (I2)',
    breaks: publishing((request, place) => ({ ...request, publisher: `${request.publisher}@${place}` })),
  },
  {
    fault: 'keeps what each gateway stores for itself',
    rule: 'what one stores, the other knows as soon as it is acknowledged, and answers every question alike',
    breaks: (_, place) => ({
      store: new MemoryBackbone({ clock: new ManualClock(), random: seededRandom(place + 1) }),
    }),
  },
  {
    fault: 'looks at the head, and only then stores what expects it',
    rule: 'of publishes through both with the same expectation exactly one wins (§4.4)',
    breaks: (backbone) => {
      const publish = was(backbone, 'publish');
      const late = async ({ expectSeqNo, ...request }: PublishRequest) => {
        const { seqNo } = await backbone.store.head(request.topic);
        if (expectSeqNo === seqNo) return publish(request);
        throw new ProtocolError('SEQ_CONFLICT', `The head is at ${seqNo}.`);
      };
      return { publish: late };
    },
  },
  {
    fault: 'recognises a repeat before it is stored, each gateway its own',
    rule: 'any crowd of publishes through both, repeats and conflicts among them, leaves one log that explains all answers (I2, I3)',
    breaks: publishing((request, place) => ({ ...request, publisher: `${request.publisher}@${place}` })),
  },
  {
    fault: 'says that it is overloaded when it is cut off',
    rule: 'a publish that is cut off is answered afterwards or UNAVAILABLE; sent again, it is stored once (I2, I3, I4)',
    breaks: failing(() => Promise.reject(new ProtocolError('OVERLOADED', 'Try again.', { afterMs: 1 }))),
  },
  {
    fault: 'acknowledges what may not have been stored',
    rule: 'a publish that is cut off is answered afterwards or UNAVAILABLE; sent again, it is stored once (I2, I3, I4)',
    breaks: failing(async (backbone, { topic }) => ({ status: 'ok', position: await backbone.store.head(topic) })),
  },
  {
    fault: 'sends again under another name what it has no answer to',
    rule: 'a publish that is cut off is answered afterwards or UNAVAILABLE; sent again, it is stored once (I2, I3, I4)',
    breaks: failing((backbone, request) => backbone.store.publish({ ...request, publisher: 'again' })),
  },
  {
    fault: 'never answers what was cut off',
    rule: 'a publish that is cut off is answered afterwards or UNAVAILABLE; sent again, it is stored once (I2, I3, I4)',
    breaks: failing(() => new Promise(() => {})),
  },
  {
    fault: 'stores again what it has no answer to, although it expects another head now',
    rule: 'an expectation that was cut off and is sent again is answered with its position, not with SEQ_CONFLICT (§4.4)',
    breaks: publishing((request, _, count) => ({ ...request, publisher: `${request.publisher}${count}` })),
  },
  {
    fault: 'says nothing of a hole',
    rule: 'a listener hears every entry in one chain, or is told once that its feed is over, before any entry after a hole (I4)',
    breaks: handing((_, feed, entry) => {
      feed.last = entry.seqNo;
      feed.listener(entry);
    }),
  },
  {
    fault: 'begins a feed at the head again after it was cut off',
    rule: 'a listener hears every entry in one chain, or is told once that its feed is over, before any entry after a hole (I4)',
    breaks: (backbone) => {
      let cuts = 0;
      const missed = async (feed: Feed) => {
        if (backbone.link.cuts > cuts) feed.last = (await backbone.store.head(feed.topic)).seqNo;
        cuts = backbone.link.cuts;
        return backbone.store.read(feed.topic, { afterSeqNo: feed.last, limit: 100 });
      };
      return { missed };
    },
  },
  {
    fault: 'goes on with a feed that it has said to be over',
    rule: 'a listener hears every entry in one chain, or is told once that its feed is over, before any entry after a hole (I4)',
    breaks: () => ({
      lose: (feed: Feed) => {
        feed.onLost();
        feed.last += 1;
      },
    }),
  },
  {
    fault: 'ends a feed without a word',
    rule: 'a listener hears every entry in one chain, or is told once that its feed is over, before any entry after a hole (I4)',
    breaks: (backbone) => ({ lose: (feed: Feed) => backbone.end(feed) }),
  },
  {
    fault: 'says that nothing is there when it cannot look',
    rule: 'a question that is asked while it is cut off is answered rightly or UNAVAILABLE, and rightly afterwards',
    breaks: (backbone) => {
      const read = was(backbone, 'read');
      const empty: Backbone['read'] = (topic, range) => read(topic, range).catch(() => []);
      return { read: empty };
    },
  },
  {
    fault: 'does not say that it has a problem',
    rule: 'it says in a sentence what its problem is while it is cut off, and has none before and after',
    breaks: () => ({ problem: undefined }),
  },
  {
    fault: 'waits for its store before it closes',
    rule: 'it can be closed while it is cut off, which answers what is under way',
    breaks: (backbone) => {
      const close = was(backbone, 'close');
      return { close: () => (backbone.link.isCut ? new Promise(() => {}) : close()) };
    },
  },
  {
    fault: 'comes back with nothing',
    rule: 'entries, positions, epochs and states are what they were (I4, I6)',
    onlyRestarted: true,
    breaks: () => ({ store: new MemoryBackbone({ clock: new ManualClock(), random: seededRandom(9) }) }),
  },
  {
    fault: 'comes back without the newest entry',
    rule: 'nothing that was acknowledged is missing after many restarts in the middle of publishing (I2, I4)',
    onlyRestarted: true,
    breaks: reading((entries) => entries.slice(0, -1)),
  },
  {
    fault: 'comes back without the ids',
    rule: 'an id is remembered: the same content is a duplicate at the first position, other content a conflict (I2)',
    onlyRestarted: true,
    breaks: publishing((request) => ({ ...request, publisher: `${request.publisher}'` })),
  },
  {
    fault: 'comes back without the state that has left the history',
    rule: 'any steps with restarts among them have the results of the model (I2, I3, §5.6)',
    onlyRestarted: true,
    breaks: (backbone) => {
      const snapshot: Backbone['snapshot'] = async (topic) => {
        const { head, entries } = await backbone.store.snapshot(topic);
        const kept = await backbone.store.read(topic, { afterSeqNo: 0, limit: 100 });
        return { head, entries: entries.filter(({ seqNo }) => kept.some((entry) => entry.seqNo === seqNo)) };
      };
      return { snapshot };
    },
  },
  {
    fault: 'begins a new epoch when it comes back',
    rule: 'seqNos go on rising in one chain and one epoch, over several restarts (I3)',
    onlyRestarted: true,
    breaks: (backbone) => ({
      head: async (topic: string) => ({ ...(await backbone.store.head(topic)), epoch: 'new' }),
    }),
  },
];

const allRules = RULE_GROUPS.flatMap((group) => rulesOf(group));

/** Few tries and little patience: every one of these trials has to fail. */
async function tryFault({ rule, breaks, onlyRestarted = false }: Fault): Promise<void> {
  const found = allRules.find(([title]) => title === rule)?.[1] as Rule;
  const make = async (limits?: Partial<Limits>): Promise<Made> => {
    const made = await makeIntact(limits);
    let place = 0;
    const broken = (backbone: LinkedBackbone) => {
      for (const [name, value] of Object.entries(breaks(backbone, place++))) {
        Object.defineProperty(backbone, name, { value });
      }
      return backbone;
    };
    const again = async () => broken(new LinkedBackbone(made.backbone.store, new Link()));
    if (!onlyRestarted) broken(made.backbone);
    return { ...made, another: again, restart: again };
  };
  await tryRule(found, { make, runs: (count) => count, patienceMs: 200 });
}

describe('the suite of backbones', () => {
  it.each(faults)('finds a backbone that $fault, by: $rule', async (fault) => {
    const error: unknown = await tryFault(fault).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Error);
    // That would be a fault of this file.
    expect(error).not.toBeInstanceOf(TypeError);
  });

  it('has rules with titles of their own, so that each can be skipped by its title', () => {
    const titles: string[] = [...RULE_GROUPS, ...allRules.map(([title]) => title)];
    expect(titles.filter((title, at) => titles.indexOf(title) !== at)).toEqual([]);
  });

  it('refuses a skip that skips nothing, and one without a reason', () => {
    expect(skipFaults({ restart: 'It has no store.', model: 'It keeps no history.' })).toEqual([]);
    const stale: Record<string, string> = { 'a rule that is gone': 'It was there once.', order: ' ' };
    expect(skipFaults(stale)).toEqual([
      expect.stringContaining("'a rule that is gone'"),
      expect.stringContaining('without a reason'),
    ]);
  });

  it.each(Object.entries(NEEDS))('says of the group "%s" that it needs %s, or a reason', async (group, needs) => {
    const make = async () => ({ ...(await makeIntact()), [needs]: undefined });
    for (const [, rule] of rulesOf(group as RuleGroup)) {
      const error: Error = await tryRule(rule, { make, runs: () => 1, patienceMs: 200, needs }).catch((error) => error);
      // What fails in a property is the cause of the property's own failure.
      expect(`${error.message} ${error.cause}`).toContain(`\`make\` gives no \`${needs}\``);
    }
  });

  it('closes every backbone that it was given and disposes of it, also when the rule fails', async () => {
    for (const failure of [undefined, new Error('the rule is broken')]) {
      const ended: string[] = [];
      const closing = (name: string, backbone: Backbone) => {
        const close = async () => void ended.push(name);
        return Object.defineProperty(backbone, 'close', { value: close });
      };
      const make = async (): Promise<MadeBackbone> => {
        const made = await makeIntact();
        const give = (name: string) => async () => closing(name, new LinkedBackbone(made.backbone.store, new Link()));
        const dispose = async () => void ended.push('all');
        return {
          ...made,
          backbone: closing('crashed', made.backbone),
          another: give('another'),
          restart: give('restarted'),
          dispose,
        };
      };
      const rule: Rule = async (trial) => {
        const { another, restart } = await trial.make();
        await another();
        await restart();
        if (failure !== undefined) throw failure;
      };
      const outcome = await tryRule(rule, { make, runs: () => 1, patienceMs: 200 }).catch((error: unknown) => error);
      expect(outcome).toBe(failure);
      expect(ended.toSorted()).toEqual(['all', 'another', 'restarted']);
    }
  });
});
