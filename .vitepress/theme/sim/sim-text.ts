/** Texts and figures of the simulator in the language of the page. */

import type { FaultName, Invariant } from '@micro-socket/simulator';
import { type ComputedRef, computed } from 'vue';
import { type SimText, simEn } from '../../locales/sim.en.ts';
import { simEs } from '../../locales/sim.es.ts';
import { simTr } from '../../locales/sim.tr.ts';
import { fill, type Plural } from '../live/live-text.ts';
import { useFormat, useLocale, useTextOf } from '../text.ts';
import type { FaultToMake } from './faults.ts';

export { fill } from '../live/live-text.ts';

const simTexts = { en: simEn, tr: simTr, es: simEs };

export function useSimText(): ComputedRef<SimText> {
  return useTextOf(simTexts);
}

export interface SimFormat {
  number(value: number): string;
  /** A moment or a time of the world, in seconds with milliseconds. */
  time(ms: number): string;
  /** A few seconds, for a button. */
  seconds(ms: number): string;
  plural(forms: Plural, count: number): string;
}

export function useSimFormat(): ComputedRef<SimFormat> {
  const locale = useLocale();
  const { formatNumber } = useFormat();
  return computed(() => {
    const rules = new Intl.PluralRules(locale.value);
    const seconds = (ms: number, digits: number) =>
      formatNumber(ms / 1000, {
        style: 'unit',
        unit: 'second',
        unitDisplay: 'short',
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
    return {
      number: (value) => formatNumber(value),
      time: (ms) => seconds(ms, 3),
      seconds: (ms) => seconds(ms, 0),
      plural: (forms, count) =>
        fill(rules.select(count) === 'one' ? forms.one : forms.other, { count: formatNumber(count) }),
    };
  });
}

/** What the button of a fault says. */
export function faultLabel(fault: FaultToMake, text: SimText, format: SimFormat): string {
  const [from = '', to = ''] = fault.nodes;
  return fill(text.faults[fault.name].make, {
    from,
    to,
    topic: fault.topic ?? '',
    count: fault.count ?? 0,
    seconds: format.seconds(fault.forMs),
  });
}

/** The name of a fault in a sentence; one that this page does not know keeps the name that the run gives it. */
export function faultName(name: string, text: SimText): string {
  return Object.hasOwn(text.faults, name) ? text.faults[name as FaultName].name : name;
}

export function invariantName(invariant: Invariant, text: SimText): string {
  return text.invariants.texts[invariant].name;
}

/** A rule of a checker in the language of the page, or as the checker says it. */
export function ruleText(rule: string, text: SimText): string {
  return text.rules[rule] ?? rule;
}

export function mutantText(name: string, text: SimText): string {
  return text.world.mutants[name] ?? name;
}
