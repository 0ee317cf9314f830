/** A strict reader of the Prometheus text exposition format 0.0.4: what it does not take, it names. */

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: { readonly name: string; readonly labels: Record<string, string>; readonly value: number }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/** Which names the samples of a family may have, by its type. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = { summary: ['', '_sum', '_count'] };

export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line does not end.');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current: [string, Family] | undefined;
  let help: [string, string] | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helpName, helpText] = new RegExp(`^# HELP (${NAME}) (.*)$`).exec(line) ?? [];
    const [, typeName, type] = new RegExp(`^# TYPE (${NAME}) ([a-z]+)$`).exec(line) ?? [];
    if (helpName !== undefined && helpText !== undefined) {
      help = [helpName, unescaped(helpText, /\\(\\|n)/)];
    } else if (typeName !== undefined && type !== undefined) {
      if (!TYPES.includes(type)) throw new Error(`There is no type ${type}.`);
      if (help?.[0] !== typeName) throw new Error(`No HELP comes before the TYPE of ${typeName}.`);
      if (families.has(typeName)) throw new Error(`${typeName} comes twice.`);
      current = [typeName, { type, help: help[1], samples: [] }];
      families.set(...current);
    } else {
      const sample = sampleIn(line);
      const [family, { samples, type: of }] = current ?? refuse(`A sample comes before any TYPE: ${line}`);
      const allowed = (SUFFIXES[of] ?? ['']).map((suffix) => family + suffix);
      if (!allowed.includes(sample.name)) throw new Error(`${sample.name} is no sample of ${family}.`);
      const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (seen.has(series)) throw new Error(`The series ${series} comes twice.`);
      seen.add(series);
      samples.push(sample);
    }
  }
  return families;
}

function sampleIn(line: string) {
  const [, name = '', inside, value = ''] =
    new RegExp(`^(${NAME})(?:\\{(.*)\\})? ([-+]?(?:\\d+(?:\\.\\d+)?(?:e[-+]?\\d+)?|Inf)|NaN)$`).exec(line) ??
    refuse(`This is no sample: ${line}`);
  return { name, labels: inside === undefined ? {} : labelsIn(inside), value: Number(value) };
}

function labelsIn(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const [all, name = '', value = '', next] =
      /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/.exec(rest) ?? refuse(`These are no labels: ${text}`);
    if (Object.hasOwn(labels, name)) throw new Error(`The label ${name} comes twice.`);
    labels[name] = unescaped(value, /\\(["\\n])/);
    rest = rest.slice(all.length);
    if (next === ',' && rest === '') throw new Error(`A label is missing: ${text}`);
  }
  return labels;
}

function unescaped(text: string, sequence: RegExp): string {
  return text.replaceAll(new RegExp(sequence, 'g'), (_all, character: string) =>
    character === 'n' ? '\n' : character,
  );
}

function refuse(problem: string): never {
  throw new Error(problem);
}
