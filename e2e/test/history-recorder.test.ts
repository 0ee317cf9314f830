/** What a recorder makes of the frames of a test, without a gateway. */

import type { HistoryEvent } from '@micro-socket/simulator';
import { describe, expect, it } from 'vitest';
import { violationsIn } from '../src/history/judge.ts';
import { HistoryRecorder } from '../src/history/recorder.ts';
import { ADDRESS, HandProbe, TOPIC } from './support/frames.ts';

function newRecorder(eventsMax?: number) {
  let at = 1_000_000;
  return new HistoryRecorder({
    source: 'test',
    at: () => {
      at += 1;
      return at;
    },
    ...(eventsMax === undefined ? {} : { eventsMax }),
  });
}

function eventsOf<Kind extends HistoryEvent['kind']>(recorder: HistoryRecorder, kind: Kind) {
  const { events } = recorder.finish();
  return events.filter((event): event is Extract<HistoryEvent, { kind: Kind }> => event.kind === kind);
}

function brokenIn(recorder: HistoryRecorder): string[] {
  return [...new Set(violationsIn(recorder.finish()).map(({ invariant }) => invariant))];
}

describe('a recorded history', () => {
  it('begins with what the gateway has promised, and what the policy grants to those who asked', () => {
    const recorder = newRecorder();
    new HandProbe(recorder).setsUp('bob-token').subscribes('alice.a').asks('nobody.a').stores(1);
    const { events } = recorder.finish();
    expect(events[0]).toMatchObject({
      kind: 'run',
      source: 'test',
      accessRecheckMs: 500,
      dedupWindowMs: 60_000,
      retentionMessagesMax: 100,
      seesWire: false,
    });
    expect(events.slice(1, 4).map(({ at: _at, ...event }) => event)).toEqual([
      { kind: 'granted', principal: 'bob', action: 'subscribe', topic: 'alice.a' },
      { kind: 'granted', principal: 'bob', action: 'publish', topic: TOPIC },
      { kind: 'phase', phase: 'safety' },
    ]);
  });

  it('is empty where nobody was admitted', () => {
    const recorder = newRecorder();
    new HandProbe(recorder).sends({ type: 'subscribe', id: 1, topic: TOPIC });
    recorder.gatewayEnds(ADDRESS);
    expect(recorder.finish()).toEqual({ events: [], isCut: false });
  });

  it('leaves out what no gateway can understand', () => {
    const recorder = newRecorder();
    new HandProbe(recorder)
      .setsUp()
      .sendsRaw('{"type":"publish","id":1,"topic":42,"messageId":"m","payload":1}')
      .sendsRaw('no frame')
      .sendsRaw(new Uint8Array([0xc1]));
    expect(eventsOf(recorder, 'publish')).toEqual([]);
  });

  it('tells subscriptions of one topic apart that were asked for in one breath', () => {
    const recorder = newRecorder();
    const probe = new HandProbe(recorder).setsUp();
    probe.asks().sends({ type: 'unsubscribe', id: 99, topic: TOPIC }).asks();
    probe.getsSubscribed(1).getsMessage(1);
    probe.gets({ type: 'unsubscribed', id: 99, topic: TOPIC, reason: 'asked' });
    probe.getsSubscribed(2, TOPIC, 1).getsMessage(2);
    const given = eventsOf(recorder, 'delivered');
    expect(given.map(({ subscription, seqNo }) => [subscription, seqNo])).toEqual([
      ['probe-1-subscription-1', 1],
      ['probe-1-subscription-2', 2],
    ]);
  });

  it('keeps a subscription that goes on when a second one is refused', () => {
    const recorder = newRecorder();
    const probe = new HandProbe(recorder).setsUp().subscribes().asks();
    probe.gets({ type: 'error', id: 2, code: 'ALREADY_SUBSCRIBED', message: '', retry: false }).getsMessage(1);
    expect(eventsOf(recorder, 'subscribe')).toHaveLength(1);
    expect(eventsOf(recorder, 'ended')).toEqual([]);
  });

  it('tells a hole of a stream as a gap, and what lagged names (§5.5, §5.10)', () => {
    const recorder = newRecorder();
    const probe = new HandProbe(recorder).setsUp().subscribes().getsMessage(1).getsMessage(4);
    probe.gets({ type: 'lagged', topic: TOPIC, fromSeqNo: 4, toSeqNo: 9, why: 'slow' });
    probe.gets({ type: 'unsubscribed', topic: TOPIC, reason: 'lagged' });
    expect(eventsOf(recorder, 'delivered').map(({ gap }) => gap)).toEqual([
      undefined,
      { afterSeqNo: 1, beforeSeqNo: 4, epochChanged: false },
    ]);
    expect(eventsOf(recorder, 'told')).toMatchObject([{ gap: { afterSeqNo: 4, beforeSeqNo: 10 } }]);
    expect(eventsOf(recorder, 'ended')).toMatchObject([{ code: 'LAGGED' }]);
  });

  it('leaves out what a replay brings once more (§4.6)', () => {
    const recorder = newRecorder();
    const probe = new HandProbe(recorder).setsUp().subscribes().getsMessage(1).getsMessage(2);
    probe.sends({ type: 'replay', id: 50, topic: TOPIC, fromSeqNo: 0 }).getsMessage(1).getsMessage(2).getsMessage(3);
    probe.gets({ type: 'live', id: 50, topic: TOPIC, seqNo: 2 }).getsMessage(4);
    expect(eventsOf(recorder, 'delivered').map(({ seqNo }) => seqNo)).toEqual([1, 2, 3, 4]);
  });

  it('tells who tried to resume whose session (§4.7)', () => {
    const recorder = newRecorder();
    new HandProbe(recorder).setsUp('alice-token').closes();
    const resume = { sessionId: 's-1', resumeKey: 'key of s-1', subscriptions: [] };
    const setup = { type: 'setup', protocol: 1, resume } as const;
    new HandProbe(recorder)
      .sends({ ...setup, token: 'bob-token' })
      .gets({ type: 'error', code: 'SESSION_INVALID', message: '', retry: false });
    new HandProbe(recorder).sends({ ...setup, token: 'alice-token' }).getsReady();
    const tried = eventsOf(recorder, 'resume-tried');
    expect(tried.map(({ principal, isOwner, accepted }) => [principal, isOwner, accepted])).toEqual([
      ['bob', false, false],
      ['alice', true, true],
    ]);
    expect(eventsOf(recorder, 'identified').map(({ resumed }) => resumed)).toEqual([false, true]);
  });

  it('loses every topic of a gateway that is gone', () => {
    const recorder = newRecorder();
    new HandProbe(recorder).setsUp().stores(1);
    recorder.gatewayEnds(ADDRESS);
    recorder.gatewayEnded(ADDRESS);
    expect(eventsOf(recorder, 'fault')).toMatchObject([{ name: 'gateway-ended', nodes: ['gateway-1'] }]);
    expect(eventsOf(recorder, 'lost')).toMatchObject([{ topic: TOPIC, epoch: 'e', keptSeqNo: 0, epochChanged: true }]);
  });

  it('holds a digest in place of a large payload, the same for the same payload', () => {
    const recorder = newRecorder();
    const [one, other] = [
      { a: 'x'.repeat(2_000), b: 1 },
      { b: 1, a: 'x'.repeat(2_000) },
    ];
    new HandProbe(recorder).setsUp().subscribes().stores(1, one).getsMessage(1, other);
    const [publish] = eventsOf(recorder, 'publish');
    expect(publish?.data).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), characters: expect.any(Number) });
    expect(brokenIn(recorder)).toEqual([]);
  });

  it('ends at its bound, and says so', () => {
    const recorder = newRecorder(5);
    const probe = new HandProbe(recorder).setsUp().subscribes();
    for (let n = 1; n <= 9; n++) probe.stores(n);
    const { events, isCut } = recorder.finish();
    expect(isCut).toBe(true);
    expect(events[0]).toMatchObject({ kind: 'run', source: 'test, cut after 5 events', seesLog: false });
    expect(events).toHaveLength(5 + 4);
  });
});

describe('the log of a recorded history', () => {
  it('is what was acknowledged, each message ahead of the first event that shows it', () => {
    const recorder = newRecorder();
    const reader = new HandProbe(recorder).setsUp().subscribes();
    const writer = new HandProbe(recorder).setsUp();
    const [first, second] = [writer.publishes(1), writer.publishes(2)];
    reader.getsMessage(1).getsMessage(2);
    for (const [id, n] of [
      [first, 1],
      [second, 2],
    ] as const) {
      writer.gets({ type: 'ack', id, messageId: `m-${n}`, status: 'ok', epoch: 'e', seqNo: n });
    }
    const { events } = recorder.finish();
    expect(events[0]).toMatchObject({ seesLog: true });
    const told = events.flatMap((event) =>
      event.kind === 'stored' || event.kind === 'delivered' ? [`${event.kind} ${event.seqNo}`] : [],
    );
    expect(told).toEqual(['stored 1', 'delivered 1', 'stored 2', 'delivered 2']);
    expect(eventsOf(recorder, 'stored').map(({ prevSeqNo }) => prevSeqNo)).toEqual([0, 1]);
  });

  it.each([
    ['a publish has no answer', (probe: HandProbe) => probe.publishes(2)],
    ['the connection of a publish ended first', (probe: HandProbe) => probe.publishes(2) && probe.cuts().closes()],
    [
      'a gateway publishes presence',
      (probe: HandProbe) => probe.sends({ type: 'presence', id: 9, topic: TOPIC, action: 'enter' }),
    ],
    ['a topic is read that a gateway writes', (probe: HandProbe) => probe.subscribes(`${TOPIC}.~presence`)],
  ])('is not seen where %s', (_, act) => {
    const recorder = newRecorder();
    act(new HandProbe(recorder).setsUp().stores(1));
    expect(recorder.finish().events[0]).toMatchObject({ seesLog: false });
    expect(eventsOf(recorder, 'stored')).toEqual([]);
  });

  it('is not seen where somebody publishes who is not recorded', () => {
    const recorder = newRecorder();
    new HandProbe(recorder).setsUp().subscribes().getsMessage(1);
    recorder.unseen();
    expect(recorder.finish().events[0]).toMatchObject({ seesLog: false });
    expect(brokenIn(recorder)).toEqual([]);
  });

  it('is seen where a publish without an answer was sent again, and answered then', () => {
    const recorder = newRecorder();
    const lost = new HandProbe(recorder).setsUp('alice-token');
    lost.publishes(1);
    lost.cuts().closes();
    const again = new HandProbe(recorder).setsUp('alice-token', 's-2');
    again.gets({ type: 'ack', id: again.publishes(1), messageId: 'm-1', status: 'duplicate', epoch: 'e', seqNo: 1 });
    expect(recorder.finish().events[0]).toMatchObject({ seesLog: true });
    expect(eventsOf(recorder, 'stored')).toMatchObject([{ publisher: 'alice', messageId: 'm-1', seqNo: 1 }]);
    expect(brokenIn(recorder)).toEqual([]);
  });
});

describe('the checkers find, in a recorded history,', () => {
  it('nothing where all is right', () => {
    const recorder = newRecorder();
    new HandProbe(recorder).setsUp().subscribes().stores(1).getsMessage(1).stores(2).getsMessage(2);
    recorder.everythingCame();
    expect(brokenIn(recorder)).toEqual([]);
  });

  it('I1: a message for one who was refused', () => {
    const recorder = newRecorder();
    const probe = new HandProbe(recorder).setsUp().asks('alice.a');
    probe.gets({ type: 'error', id: 1, code: 'ACL_DENIED', message: '', retry: false });
    expect(brokenIn(recorder)).toEqual([]);
    const wrong = newRecorder();
    new HandProbe(wrong).setsUp().subscribes('alice.a').getsMessage(1, 1, 'alice.a');
    wrong.unseen();
    expect(brokenIn(wrong)).toEqual(['I1']);
  });

  it('I2: one id that is stored at two places', () => {
    const recorder = newRecorder();
    const probe = new HandProbe(recorder).setsUp().stores(1);
    probe.gets({ type: 'ack', id: probe.publishes(1), messageId: 'm-1', status: 'ok', epoch: 'e', seqNo: 2 });
    expect(brokenIn(recorder)).toEqual(['I2']);
  });

  it('I6: a session that somebody else was given', () => {
    const recorder = newRecorder();
    new HandProbe(recorder).setsUp('alice-token');
    const resume = { sessionId: 's-1', resumeKey: 'guessed', subscriptions: [] };
    new HandProbe(recorder).sends({ type: 'setup', protocol: 1, token: 'bob-token', resume }).getsReady();
    expect(brokenIn(recorder)).toEqual(['I6']);
  });

  it('liveness: a stream that has not reached the head when everything is said to have come', () => {
    const recorder = newRecorder();
    new HandProbe(recorder).setsUp().subscribes().stores(1).getsMessage(1).stores(2);
    recorder.everythingCame();
    expect(brokenIn(recorder)).toEqual(['liveness']);
  });
});
