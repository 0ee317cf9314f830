/** Where the rule is explained that a test proves: `I1` in the guide, `§4.2` in the protocol. */

const INVARIANTS: ReadonlyMap<string, string> = new Map([
  ['I1', 'i1-access'],
  ['I2', 'i2-dedup'],
  ['I3', 'i3-order'],
  ['I4', 'i4-delivery'],
  ['I5', 'i5-latency'],
  ['I6', 'i6-resume'],
  ['I7', 'i7-integrity'],
]);

/** The site path of a rule without the language prefix, or undefined for a rule that is nowhere explained. */
export function pathOfRule(rule: string, sections: Readonly<Record<string, string>>): string | undefined {
  const invariant = INVARIANTS.get(rule);
  if (invariant !== undefined) return `/guide/invariants#${invariant}`;
  const section = /^§(\d+(?:\.\d+)*)$/.exec(rule)?.[1];
  if (section === undefined) return undefined;
  const anchor = sections[section] ?? sections[section.split('.')[0] ?? ''];
  return anchor === undefined ? '/reference/protocol' : `/reference/protocol#${anchor}`;
}
