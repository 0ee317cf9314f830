/** Which faults a seed draws. */

import { describe, expect, it } from 'vitest';
import { CAST } from '../src/storms/cast.ts';
import { FAULT_NAMES, lastsMs, partsOf } from '../src/storms/faults.ts';
import { Deck, faultsFor, faultText, type PlannedFault } from '../src/storms/plan.ts';
import { BACKBONE_KINDS } from '../src/storms/settings.ts';

function dealt(deck: Deck, faults: number): PlannedFault[] {
  const all: PlannedFault[] = [];
  while (all.length < faults) all.push(...deck.deal());
  return all;
}

describe('the faults of a storm', () => {
  it('are the same for the same seed, and others for another one', () => {
    const [one, same, other] = [1, 1, 2].map((seed) => dealt(new Deck(seed, 'engine'), 60));
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it.each(BACKBONE_KINDS)('of %s come up once each before one comes up again, those that kill first', (kind) => {
    const names = faultsFor(kind);
    const first = dealt(new Deck(7, kind), names.length).slice(0, names.length);
    expect(first.map(({ name }) => name).toSorted()).toEqual([...names].toSorted());
    const kills = names.filter((name) => partsOf(name).what === 'kill');
    expect(first.slice(0, kills.length).map(({ name }) => partsOf(name).what)).toEqual(kills.map(() => 'kill'));
  });

  it('are those of a gateway and its clients where there is nothing behind it', () => {
    const places = new Set(faultsFor('disk').map((name) => partsOf(name).place));
    expect([...places]).toEqual(['gateway', 'client-link']);
    expect(faultsFor('nats')).toEqual(FAULT_NAMES);
  });

  it('last within their bounds, and name a gateway that there is', () => {
    for (const { name, gateway, client, forMs } of dealt(new Deck(3, 'nats'), 300)) {
      const [least, most] = lastsMs(name);
      expect(forMs).toBeGreaterThanOrEqual(least);
      expect(forMs).toBeLessThanOrEqual(most);
      expect([0, 1]).toContain(gateway);
      expect(client === undefined).toBe(name !== 'client-move');
    }
    for (const { gateway } of dealt(new Deck(3, 'disk'), 100)) expect(gateway).toBe(0);
  });

  it('move readers and publishers by turns, everybody before anybody a second time', () => {
    const movers = dealt(new Deck(9, 'engine', ['client-move']), CAST.length).slice(0, CAST.length);
    const names = movers.map(({ client = '' }) => client);
    expect(names.toSorted()).toEqual(CAST.map(({ name }) => name).toSorted());
    expect(names.map((name) => name.split('-')[0])).toEqual(
      names.map((_, at) => (at % 2 === 0 ? 'reader' : 'publisher')),
    );
  });

  it('can be kept to some', () => {
    const names = dealt(new Deck(3, 'memory', ['client-move', 'backbone-link-cut']), 20).map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(['client-move', 'backbone-link-cut']));
  });

  it('are told with their place and how long they last', () => {
    const fault = { gateway: 1, client: undefined, afterMs: 5, forMs: 300, slowMs: 10 };
    expect(faultText({ ...fault, name: 'gateway-freeze' })).toBe('gateway-freeze gateway-2 300 ms');
    expect(faultText({ ...fault, name: 'backbone-kill' })).toBe('backbone-kill 300 ms');
    expect(faultText({ ...fault, name: 'client-move', client: 'reader-1', forMs: 0 })).toBe('client-move reader-1');
  });
});
