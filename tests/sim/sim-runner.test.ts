import { applyMutant, MUTANTS } from '@micro-socket/simulator/mutants';
import { turn } from '@micro-socket/simulator/system';
import { afterEach, describe, expect, it } from 'vitest';
import { CARDS, type CardInvariant } from '../../.vitepress/theme/sim/cards.ts';
import { EVENTS_PER_BATCH_MAX, PACKETS_PER_BATCH_MAX } from '../../.vitepress/theme/sim/event-buffer.ts';
import type { Batch, Command, Report } from '../../.vitepress/theme/sim/messages.ts';
import { addressOf, parseAddress } from '../../.vitepress/theme/sim/sim-address.ts';
import { SimRunner } from '../../.vitepress/theme/sim/sim-runner.ts';
import { FIRST_WORLD, type World } from '../../.vitepress/theme/sim/world.ts';

/** A page without a screen: it gives commands and keeps what it is told. Real time passes only when the runner rests. */
class Page {
  readonly batches: Batch[] = [];
  readonly problems: Extract<Report, { kind: 'problem' }>[] = [];
  sees = true;
  #realMs = 0;
  #run = 0;
  #onTold: () => void = () => {};
  readonly #runner = new SimRunner({
    now: () => this.#realMs,
    rest: async (ms, until) => {
      if (ms === Number.POSITIVE_INFINITY) return until;
      this.#realMs += ms;
      return turn();
    },
    tell: (report) => this.#take(report),
    turn,
    mutants: MUTANTS,
    applyMutant,
  });

  constructor() {
    void this.#runner.work();
    this.give({ kind: 'speed', speed: 'max' });
    this.give({ kind: 'pause-on-break', on: false });
  }

  give(command: Command): void {
    this.#runner.give(command);
  }

  load(world: World, more: { play?: boolean; goToMs?: number } = {}): void {
    this.#run += 1;
    this.batches.length = 0;
    const { play = false, goToMs } = more;
    this.give({ kind: 'load', run: this.#run, world, play, ...(goToMs === undefined ? {} : { goToMs }) });
  }

  get last(): Batch | undefined {
    return this.batches.at(-1);
  }

  /** The first batch, told or still to come, of which `isIt` is true. */
  async until(isIt: (batch: Batch) => boolean): Promise<Batch> {
    for (;;) {
      const { last } = this;
      if (last?.run === this.#run && isIt(last)) return last;
      await new Promise<void>((resolve) => {
        this.#onTold = resolve;
      });
    }
  }

  stop(): void {
    this.#runner.stop();
  }

  #take(report: Report): void {
    if (report.kind === 'batch') {
      this.batches.push(report);
      if (this.sees) this.give({ kind: 'seen', batch: report.batch });
    } else if (report.kind === 'problem') this.problems.push(report);
    this.#onTold();
  }
}

const isOver = ({ status }: Batch): boolean => status.state === 'over';
const isPaused = ({ status }: Batch): boolean => status.state === 'paused' && status.nowMs > 0;

const SMALL: World = {
  ...FIRST_WORLD,
  numbers: { ...FIRST_WORLD.numbers, safetyMs: 8_000, livenessMs: 4_000, publishEveryMs: 150 },
};

let page: Page;
afterEach(() => page.stop());

function newPage(): Page {
  page = new Page();
  return page;
}

describe('a run for a page', () => {
  it('goes to a moment and pauses there, and is the same run whichever way it came', async () => {
    newPage().load(SMALL, { goToMs: 5_000 });
    const { fingerprint, nowMs } = (await page.until(isPaused)).status;
    expect(nowMs).toBe(5_000);
    page.stop();

    newPage().give({ kind: 'speed', speed: 2 });
    page.load(SMALL, { play: true });
    const { status } = await page.until((batch) => batch.status.nowMs > 1_000);
    expect(status.state).toBe('playing');
    page.give({ kind: 'pause' });
    const paused = await page.until(isPaused);
    expect(Number.isInteger(paused.status.nowMs)).toBe(true);
    page.load(SMALL, { goToMs: paused.status.nowMs });
    expect((await page.until(isPaused)).status.fingerprint).toBe(paused.status.fingerprint);
    page.load(SMALL, { goToMs: 5_000 });
    expect((await page.until(isPaused)).status.fingerprint).toBe(fingerprint);
  });

  it('repeats what was injected by hand, at moments between others, from nothing but the address', async () => {
    newPage().load(SMALL, { goToMs: 2_000 });
    await page.until(isPaused);
    page.give({ kind: 'inject', fault: { name: 'cut', forMs: 0, nodes: ['client-3'] } });
    page.give({ kind: 'inject', fault: { name: 'partition', forMs: 1_500, nodes: ['gateway-1', 'engine'] } });
    for (let step = 0; step < 40; step += 1) page.give({ kind: 'step' });
    page.give({ kind: 'inject', fault: { name: 'gateway-kill', forMs: 700, nodes: ['gateway-2'] } });
    page.give({ kind: 'play' });
    const seen = await page.until(isOver);
    const made = page.batches.flatMap(({ injected }) => injected).map(({ id: _, ...fault }) => fault);
    expect(made.map(({ name }) => name)).toEqual(['cut', 'partition', 'gateway-kill']);

    const parsed = parseAddress(addressOf({ ...SMALL, handMade: made }, seen.status.nowMs));
    expect(parsed?.problems).toEqual([]);
    page.load(parsed?.world ?? SMALL, { goToMs: parsed?.atMs ?? 0 });
    expect((await page.until(isOver)).status.fingerprint).toBe(seen.status.fingerprint);
  });

  it('tells of every delivery, however fast it goes, and leaves packets out instead', async () => {
    const busy: World = { ...SMALL, numbers: { ...SMALL.numbers, publishEveryMs: 20, delayMs: 1 } };
    newPage().load(busy, { play: true });
    const { status } = await page.until(isOver);
    const events = page.batches.flatMap((batch) => batch.events);
    expect(events.filter(({ kind }) => kind === 'delivered')).toHaveLength(status.counts.delivered);
    const packets = page.batches.map((batch) => batch.events.filter(({ kind }) => kind === 'packet').length);
    expect(Math.max(...packets)).toBeLessThanOrEqual(PACKETS_PER_BATCH_MAX);
    expect(page.batches.some(({ leftOut }) => leftOut > 0)).toBe(true);
    // What a slice of 20 ms adds comes on top.
    for (const batch of page.batches) expect(batch.events.length).toBeLessThan(EVENTS_PER_BATCH_MAX * 1.5);
    const sent = Object.values(page.last?.passed ?? {}).reduce((sum, count) => sum + count, 0);
    const leftOut = page.batches.reduce((sum, batch) => sum + batch.leftOut, 0);
    expect(sent).toBe(leftOut + packets.reduce((sum, count) => sum + count, 0));
  });

  it('waits for a page that does not keep up', async () => {
    newPage().sees = false;
    page.give({ kind: 'speed', speed: 20 });
    page.load(SMALL, { play: true });
    await page.until(({ batch }) => batch === 2);
    for (let index = 0; index < 500; index += 1) await turn();
    expect(page.batches).toHaveLength(2);
    page.sees = true;
    page.give({ kind: 'seen', batch: 2 });
    const { status } = await page.until(isOver);
    const delivered = page.batches.flatMap(({ events }) => events).filter(({ kind }) => kind === 'delivered');
    expect(delivered).toHaveLength(status.counts.delivered);
  });

  it('steps to the next thing that can be seen', async () => {
    newPage().load(SMALL);
    await page.until(() => true);
    const before = page.batches.length;
    page.give({ kind: 'step' });
    const stepped = await page.until(() => page.batches.length > before);
    expect(stepped.events.length).toBeGreaterThan(0);
    expect(stepped.status).toMatchObject({ state: 'paused' });
  });

  it('has times from the beginning of the run, in the order in which things happened', async () => {
    newPage().load(SMALL, { goToMs: 3_000 });
    await page.until(isPaused);
    const times = page.batches.flatMap(({ events }) => events).map(({ at }) => at);
    expect(times.length).toBeGreaterThan(20);
    expect(times.every((at) => at >= 0 && at <= 3_000)).toBe(true);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });
});

describe('a mutant', () => {
  it('that does not exist is named, and the world runs without it', async () => {
    newPage().load({ ...SMALL, mutant: 'no-such-mutant' }, { goToMs: 1_000 });
    await page.until(isPaused);
    expect(page.problems).toMatchObject([{ code: 'unknown-mutant', message: 'no-such-mutant' }]);
  });

  it('pauses the run at the breach, and is gone with its world', async () => {
    newPage().give({ kind: 'pause-on-break', on: true });
    const { broken } = CARDS.I3;
    page.load(broken, { play: true });
    const paused = await page.until(isPaused);
    expect(paused.violations.map(({ invariant }) => invariant)).toContain('I3');
    expect(paused.violations.every(({ at }) => at <= paused.status.nowMs)).toBe(true);
    const { mutant: _, ...real } = broken;
    page.load({ ...real, numbers: { ...real.numbers, safetyMs: 8_000 } }, { play: true });
    await page.until(isOver);
    expect(page.batches.flatMap(({ violations }) => violations)).toEqual([]);
  });
});

describe.each(Object.keys(CARDS) as CardInvariant[])('the card of %s', (invariant) => {
  const { broken } = CARDS[invariant];

  it('has a mutant that breaks its invariant within twelve seconds of the world', async () => {
    expect(MUTANTS.find(({ name }) => name === broken.mutant)?.breaks).toBe(invariant);
    newPage().load(broken, { goToMs: 12_000 });
    await page.until(isPaused);
    const found = page.batches.flatMap(({ violations }) => violations).map((one) => one.invariant);
    expect(found).toContain(invariant);
  });

  it('shows that the real code holds in the same world', async () => {
    const { mutant: _, ...real } = broken;
    newPage().load({ ...real, numbers: { ...real.numbers, safetyMs: 12_000 } }, { play: true });
    await page.until(isOver);
    expect(page.batches.flatMap(({ violations }) => violations)).toEqual([]);
  });
});
