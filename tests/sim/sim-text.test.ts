import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_NAMES, INVARIANTS, PROFILE_NAMES } from '@micro-socket/simulator';
import { MUTANTS } from '@micro-socket/simulator/mutants';
import { describe, expect, it } from 'vitest';
import { simEn } from '../../.vitepress/locales/sim.en.ts';
import { simEs } from '../../.vitepress/locales/sim.es.ts';
import { simTr } from '../../.vitepress/locales/sim.tr.ts';
import { FAULT_CHOICES } from '../../.vitepress/theme/sim/faults.ts';
import { logText } from '../../.vitepress/theme/sim/log-text.ts';
import { MARK_KINDS } from '../../.vitepress/theme/sim/sim-view.ts';
import { NUMBER_NAMES, PROFILE_CHOICES } from '../../.vitepress/theme/sim/world.ts';
import { ROOT } from '../house/source-files.ts';

const all = { en: simEn, tr: simTr, es: simEs };
const locales = Object.entries(all);

function leavesOf(value: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === 'string' ? [[`${prefix}${key}`, inner] as const] : [...leavesOf(inner, `${prefix}${key}.`)],
    ),
  );
}

const placesOf = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted();

/** The rules that checkers tell, as they are written in their sources. */
function rulesOfCheckers(): string[] {
  const folder = join(ROOT, 'reference/simulator/src/checkers');
  const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const told = sources.flatMap((source) => [...source.matchAll(/#tell\(\s*'([^']+)'/g)]);
  const named = sources.flatMap((source) => [...source.matchAll(/(?:_RULE|\brule) = '([^']+)'/g)]);
  return [...new Set([...told, ...named].map(([, rule = '']) => rule))].toSorted();
}

describe.each(locales)('the texts of the simulator in %s', (locale, text) => {
  it('are the same as the English ones in their keys and their places, and translated', () => {
    const english = leavesOf(simEn);
    const leaves = leavesOf(text);
    // Words that are the same in two languages, and texts that are nothing but places.
    const shared = new Set(['Gateways', 'gateway', 'mutant']);
    expect([...leaves.keys()].toSorted()).toEqual([...english.keys()].toSorted());
    for (const [key, said] of leaves) {
      const original = english.get(key) ?? '';
      expect(said, key).not.toBe('');
      expect(placesOf(said), key).toEqual(placesOf(original));
      const isWords = /[a-z]{3}/i.test(original.replaceAll(/\{\w+\}/g, ''));
      if (locale !== 'en' && isWords && !shared.has(said)) expect(said, key).not.toBe(original);
    }
  });

  it('name everything that the simulator knows', () => {
    expect(Object.keys(text.faults).toSorted()).toEqual(FAULT_NAMES.toSorted());
    expect(Object.keys(text.invariants.texts)).toEqual([...INVARIANTS]);
    expect(Object.keys(text.world.profiles)).toEqual([...PROFILE_NAMES]);
    expect(Object.keys(text.timelines.marks).toSorted()).toEqual(MARK_KINDS.toSorted());
    expect(Object.keys(text.world.numbers).toSorted()).toEqual(NUMBER_NAMES.toSorted());
    expect(Object.keys(text.world.mutants).toSorted()).toEqual(MUTANTS.map(({ name }) => name).toSorted());
    expect(Object.keys(text.rules).toSorted()).toEqual(rulesOfCheckers());
  });
});

describe('the page', () => {
  it('offers every fault and every profile, and says of each mutant what the simulator says', () => {
    expect(FAULT_CHOICES.toSorted()).toEqual(FAULT_NAMES.toSorted());
    expect(PROFILE_CHOICES).toEqual([...PROFILE_NAMES]);
    for (const { name, what } of MUTANTS) expect(simEn.world.mutants[name]).toBe(what);
    for (const [rule, said] of Object.entries(simEn.rules)) expect(said).toBe(rule);
  });

  it.each(locales)('writes sentences without an empty place (%s)', (_, text) => {
    const of = { at: 1, client: 'client-2', topic: 'prices.eurusd', subscription: 's' } as const;
    const gap = { afterSeqNo: 4, beforeSeqNo: 9, epochChanged: false };
    const position = { epoch: 'e', seqNo: 7 };
    const connection = { at: 1, client: 'client-2', gateway: 'gateway-1', connection: 'c' } as const;
    const sentences = [
      logText({ kind: 'fault', at: 1, name: 'cut', nodes: ['client-2'], state: 'happens', id: 1 }, text),
      logText({ kind: 'fault', at: 1, name: 'from-the-future', nodes: ['client-2'], state: 'ends', id: 1 }, text),
      logText({ kind: 'node', at: 1, node: 'engine', state: 'down' }, text),
      logText({ kind: 'connection', ...connection, state: 'closed' }, text),
      logText({ kind: 'told', ...of, gap }, text),
      logText({ kind: 'told', ...of, gap: { ...gap, epochChanged: true } }, text),
      logText({ kind: 'subscribed', ...connection, topic: of.topic, recovered: 'full', position }, text),
      logText({ kind: 'subscribed', ...connection, topic: of.topic, recovered: 'gap', position }, text),
      logText({ kind: 'ended', ...of, code: 'ACL_DENIED' }, text),
      logText({ kind: 'revoked', at: 1, principal: 'client-2', action: 'subscribe', topic: of.topic }, text),
      logText({ kind: 'sent', ...connection, topic: of.topic, type: 'health', state: 'late' }, text),
      logText({ kind: 'sent', ...connection, topic: of.topic, type: 'message', seqNo: 3 }, text),
      logText(
        { kind: 'violation', at: 1, violation: { invariant: 'I3', rule: 'a rule', detail: '', at: 1, nodes: [] } },
        text,
      ),
    ];
    for (const sentence of sentences) expect(sentence).toMatch(/^[^{}]{12,}$/);
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});
