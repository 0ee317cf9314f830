/**
 * How long messages take, measured per topic and held against an objective (I5, §5.8).
 *
 * `LatencyHistogram` counts times in buckets. Each doubling of the time is divided into `STEPS` buckets of one width, so
 * a quantile is wrong by at most 4 % of itself, whatever its size, and a histogram has the same few hundred counters
 * whether it holds ten times or ten billion. It is no list of samples: which message took how long cannot be asked.
 *
 * `LatencyMonitor` keeps one histogram for good and one for the second that is running, and says when the topic becomes
 * late and when it is well again. It sets no timer and knows no clock: its owner says what time it is, and calls `tick`
 * at least once a second for a breach to be told within two.
 */

/** The least time that is told apart from none, in milliseconds. */
const RANGE_FROM_MS = 0.01;

/** Longer times count as this long, except in `max`. */
const RANGE_TO_MS = 3_600_000;

/** Buckets of each doubling. Twelve make the greatest relative error 1 / (2 * 12 + 1), which is 4 %. */
const STEPS = 12;

const UNITS_PER_MS = 1 / RANGE_FROM_MS;

/** The first bucket is for everything below the range. */
const BUCKET_COUNT = 1 + bucketOfUnits(RANGE_TO_MS * UNITS_PER_MS);

const BUCKET_MAX = 0xffff_ffff;

/** The memory of one histogram's counters. */
export const HISTOGRAM_BYTES = BUCKET_COUNT * Uint32Array.BYTES_PER_ELEMENT;

/** What a histogram says of itself. Milliseconds, but for `count`. All 0 when nothing was recorded. */
export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly count: number;
}

export class LatencyHistogram {
  readonly #buckets = new Uint32Array(BUCKET_COUNT);
  #count = 0;
  #max = 0;

  /** How many times were recorded. */
  get count(): number {
    return this.#count;
  }

  /** The longest of them in milliseconds, exactly; 0 when there is none. */
  get max(): number {
    return this.#max;
  }

  /** Counts a time. Throws `RangeError` for a negative one and for what is no finite number. */
  record(ms: number): void {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`A time cannot be ${ms} ms.`);
    const bucket = bucketOfUnits(Math.min(ms, RANGE_TO_MS) * UNITS_PER_MS);
    if (this.#buckets[bucket] === BUCKET_MAX) this.#halve();
    this.#buckets[bucket] = this.#at(bucket) + 1;
    this.#count += 1;
    if (ms > this.#max) this.#max = ms;
  }

  /**
   * The time that a share `q` of all recorded times does not exceed, by nearest rank: `quantile(0.99)` is p99. At most
   * 4 % off from 0.01 ms to 1 h, 0 below that range, and 0 when nothing was recorded. `quantile(1)` is `max`, exactly.
   */
  quantile(q: number): number {
    if (!(q >= 0 && q <= 1)) throw new RangeError(`A quantile is from 0 to 1, not ${q}.`);
    if (q === 1) return this.#max;
    // The counters are summed here, because they may have been halved since `count` was counted.
    const total = this.#buckets.reduce((sum, times) => sum + times, 0);
    let left = Math.max(1, Math.ceil(q * total));
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      left -= this.#at(bucket);
      if (left <= 0) return Math.min(middleOf(bucket), this.#max);
    }
    return this.#max;
  }

  /** Adds everything that another one has counted. */
  merge(other: LatencyHistogram): void {
    // Both sides are halved or neither, so that their shares in the sum stay what they are.
    const overflows = this.#buckets.some((times, bucket) => times + other.#at(bucket) > BUCKET_MAX);
    const shift = overflows ? 1 : 0;
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      this.#buckets[bucket] = (this.#at(bucket) >>> shift) + (other.#at(bucket) >>> shift);
    }
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  reset(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#max = 0;
  }

  toJSON(): LatencySummary {
    return {
      p50: this.quantile(0.5),
      p95: this.quantile(0.95),
      p99: this.quantile(0.99),
      p999: this.quantile(0.999),
      max: this.#max,
      count: this.#count,
    };
  }

  #at(bucket: number): number {
    return this.#buckets[bucket] as number;
  }

  /** A counter is full: all of them lose half. The quantiles stay; from now on what was counted before weighs half. */
  #halve(): void {
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) this.#buckets[bucket] = this.#at(bucket) >>> 1;
  }
}

/** Which bucket a time belongs to, given in hundredths of a millisecond. */
function bucketOfUnits(units: number): number {
  if (units < 1) return 0;
  const doublings = 31 - Math.clz32(units);
  return 1 + doublings * STEPS + Math.floor((units / 2 ** doublings - 1) * STEPS);
}

/** The time that stands for a bucket: the one whose relative error is the same towards both ends. */
function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const width = 2 ** Math.floor((bucket - 1) / STEPS) / STEPS;
  const from = width * (STEPS + ((bucket - 1) % STEPS));
  return (2 * from * (from + width)) / (2 * from + width) / UNITS_PER_MS;
}

/** How long a window is. Two of them are the longest that a breach may stay untold. */
const WINDOW_MS = 1_000;

/** A topic without a message for this long gives up the histogram of its windows. */
const QUIET_MS = 10_000;

/** What a topic's subscribers are to be told with `health`. */
export interface LatencyTransition {
  readonly state: 'late' | 'ok';
  /** The 99th percentile of the second that made the difference; 0 when no message came in it. */
  readonly lagMs: number;
}

export interface LatencyMonitorOptions {
  /** A second whose 99th percentile is greater than this is a breach (`latencyObjectiveMs`). */
  readonly objectiveMs: number;
}

interface LatencyWindow {
  readonly histogram: LatencyHistogram;
  /** How many of them kept to the objective, exactly: the histogram could be 4 % off about that. */
  kept: number;
  /** Milliseconds since 1970; it is closed one second later. */
  startsAt: number;
}

export class LatencyMonitor {
  readonly #objectiveMs: number;
  #allTime: LatencyHistogram | undefined;
  /** The second that is running. Absent until a message comes, and when none has come for a while. */
  #window: LatencyWindow | undefined;
  #recordedAt = 0;
  #isLate = false;
  /** What `tick` has not told yet, oldest first: at most that it became late, and then that it is well again. */
  #untold: LatencyTransition[] = [];
  #breaches = 0;
  #skewed = 0;

  constructor({ objectiveMs }: LatencyMonitorOptions) {
    this.#objectiveMs = objectiveMs;
  }

  /** Everything that was ever recorded; absent before the first message. */
  get allTime(): LatencyHistogram | undefined {
    return this.#allTime;
  }

  /** How the last full second was. */
  get state(): LatencyTransition['state'] {
    return this.#isLate ? 'late' : 'ok';
  }

  /** How often the topic became late. */
  get breaches(): number {
    return this.#breaches;
  }

  /** Messages whose `time` was later than their delivery: somebody's clock is wrong. They count as 0 ms. */
  get skewed(): number {
    return this.#skewed;
  }

  /** True when `tick` has nothing to do until the next `record`. */
  get isQuiet(): boolean {
    return this.#window === undefined && this.#untold.length === 0;
  }

  /** A message was handed to the subscribers now, `lagMs` after its `time`. `nowMs` is in milliseconds since 1970. */
  record(lagMs: number, nowMs: number): void {
    this.#closeWindows(nowMs);
    if (lagMs < 0) this.#skewed += 1;
    const ms = Math.max(0, lagMs);
    this.#allTime ??= new LatencyHistogram();
    this.#allTime.record(ms);
    this.#window ??= { histogram: new LatencyHistogram(), kept: 0, startsAt: nowMs };
    this.#window.histogram.record(ms);
    if (ms <= this.#objectiveMs) this.#window.kept += 1;
    this.#recordedAt = nowMs;
  }

  /** What has changed since it was asked last. To be called at least once a second while the monitor is not quiet. */
  tick(nowMs: number): LatencyTransition | undefined {
    this.#closeWindows(nowMs);
    if (!this.#isLate && nowMs - this.#recordedAt >= QUIET_MS) this.#window = undefined;
    return this.#untold.shift();
  }

  /** Judges every second that has passed. Windows follow one another without a hole, whenever they are looked at. */
  #closeWindows(nowMs: number): void {
    const window = this.#window;
    if (window === undefined) return;
    // A clock that was set back would leave this window open until it has caught up.
    if (nowMs < window.startsAt) {
      window.startsAt = nowMs;
      this.#recordedAt = nowMs;
    }
    const passed = Math.floor((nowMs - window.startsAt) / WINDOW_MS);
    if (passed === 0) return;
    this.#judge(window);
    window.histogram.reset();
    window.kept = 0;
    // All the seconds after the first were empty, and empty seconds say the same, however many they are.
    if (passed > 1) this.#judge(window);
    window.startsAt += passed * WINDOW_MS;
  }

  // #region judge
  #judge({ histogram, kept }: LatencyWindow): void {
    const isLate = kept < Math.ceil(histogram.count * 0.99);
    if (isLate === this.#isLate) return;
    const p99 = histogram.quantile(0.99);
    const lagMs = isLate ? Math.max(p99, this.#objectiveMs) : Math.min(p99, this.#objectiveMs);
    this.#isLate = isLate;
    if (isLate) this.#breaches += 1;
    if (isLate && this.#untold.length > 0) this.#forgetUntold(lagMs);
    else this.#untold.push({ state: isLate ? 'late' : 'ok', lagMs });
  }
  // #endregion judge

  /** It is late again before anyone was told that it was well: whoever was told `late` need not hear it twice. */
  #forgetUntold(lagMs: number): void {
    const tellsLate = this.#untold[0]?.state === 'late';
    this.#untold = tellsLate ? [{ state: 'late', lagMs }] : [];
  }
}
