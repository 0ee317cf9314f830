/** Scales and ticks of a chart. Pure arithmetic. */

export interface Scale {
  /** The position of a value. */
  at(value: number): number;
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly value: number;
  /** False for the lines between the labelled ones. */
  readonly labelled: boolean;
}

/** A logarithmic scale from `from` to `to` positions, over whole steps of 1, 2 and 5 around the values. */
export function logScale(values: readonly number[], from: number, to: number): Scale {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const low = floorStep(positive.length === 0 ? 1 : Math.min(...positive));
  const top = ceilStep(positive.length === 0 ? 10 : Math.max(...positive));
  const high = top > low ? top : nextStep(low);
  const span = Math.log10(high) - Math.log10(low);
  return {
    at: (value) => from + ((Math.log10(Math.max(value, low)) - Math.log10(low)) / span) * (to - from),
    ticks: logTicks(low, high),
  };
}

/** A scale that has its values, which must rise, at equal distances: for those that have no logarithm. */
export function evenScale(values: readonly number[], from: number, to: number): Scale {
  const step = (to - from) / Math.max(1, values.length - 1);
  return {
    at: (value) => from + Math.max(0, values.indexOf(value)) * step,
    ticks: values.map((value) => ({ value, labelled: true })),
  };
}

const STEPS = [1, 2, 5];

/** At most about six labels: every step over one decade and a bit, powers of ten over more. */
function logTicks(low: number, high: number): Tick[] {
  const decades = Math.log10(high / low);
  const labelledSteps = decades <= 1.7 ? STEPS : decades <= 2.7 ? [1, 5] : [1];
  const ticks: Tick[] = [];
  for (let value = low; value <= high * 1.000001; value = nextStep(value)) {
    ticks.push({ value, labelled: labelledSteps.includes(leadingStep(value)) });
  }
  const labelled = ticks.filter((tick) => tick.labelled).length;
  return labelled >= 2 ? ticks : ticks.map(({ value }) => ({ value, labelled: true }));
}

function floorStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const step = [...STEPS].reverse().find((candidate) => candidate * power <= value * 1.000001) ?? 1;
  return exact(step, power);
}

function ceilStep(value: number): number {
  const floor = floorStep(value);
  return floor >= value * 0.999999 ? floor : nextStep(floor);
}

function nextStep(value: number): number {
  const step = leadingStep(value);
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return step === 1 ? exact(2, power) : step === 2 ? exact(5, power) : exact(1, power * 10);
}

function leadingStep(value: number): number {
  return Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
}

/** Steps below one pick up binary dust, such as 0.30000000000000004, which a label would show. */
function exact(step: number, power: number): number {
  return Number((step * power).toPrecision(6));
}
