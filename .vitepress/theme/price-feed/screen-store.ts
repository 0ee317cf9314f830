/**
 * The state of the trading screen, and what the page can ask of it.
 *
 * It outlives its components, so a switch of the language changes nothing. The engine, and with it the protocol, the
 * client and the gateway, are loaded when the reader starts it. Changes are drawn once a frame at most, however many
 * messages came.
 */

import { type ShallowRef, shallowRef, watch } from 'vue';
import { exampleGoesOn } from '../live/example-state.ts';
import { exampleState, leaveExample, startExample } from '../live/example-store.ts';
import type { ChannelState, MarginChange, PriceHouse } from './price-house.ts';
import type { ScreenEngine, ScreenView } from './screen-engine.ts';
import { FIRST_PACE, FIRST_TIER, type Pace, type ReadRate, type Tier } from './settings.ts';

/** Where the gateway is: in the page, or a process that the page has started. */
export type Where = 'page' | 'live';

export const EXAMPLE = 'price-feed';

export interface ScreenState {
  readonly where: Where;
  /** `none`: nothing was started. */
  readonly phase: 'none' | 'starting' | 'running' | 'paused' | 'failed';
  readonly view: ScreenView | undefined;
  readonly tier: Tier;
  readonly readRate: ReadRate;
  readonly pace: Pace;
  /** Why it has failed; empty when the example has ended. */
  readonly problem: string;
}

const FIRST: ScreenState = {
  where: 'page',
  phase: 'none',
  view: undefined,
  tier: FIRST_TIER,
  readRate: undefined,
  pace: FIRST_PACE,
  problem: '',
};

export const screenState: ShallowRef<ScreenState> = shallowRef(FIRST);

let engine: ScreenEngine | undefined;
/** Which start counts; what an earlier one still brings is for nobody. */
let run = 0;
let isDrawing = false;
let drawnAt = 0;
let isPausedByHiding = false;

function change(part: Partial<ScreenState>): void {
  screenState.value = { ...screenState.value, ...part };
}

/** Nobody reads figures that change more often than this, and drawing them costs as much as everything else together. */
const DRAW_MS = 60;

/** Draws what has changed with the next frame, but not too soon after the one before. */
function draw(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(drawAt);
}

function drawAt(now: number): void {
  isDrawing = false;
  if (engine === undefined) return;
  if (now - drawnAt < DRAW_MS) {
    draw();
    return;
  }
  drawnAt = now;
  change({ view: engine.view() });
}

export async function start(): Promise<void> {
  const { phase, where } = screenState.value;
  if (phase === 'starting' || phase === 'running' || phase === 'paused') return;
  run += 1;
  const mine = run;
  change({ phase: 'starting', view: undefined, problem: '' });
  try {
    const { ScreenEngine: Engine } = await import('./screen-engine.ts');
    const house = where === 'page' ? await pageHouse() : await liveHouse();
    const { tier, readRate, pace } = screenState.value;
    const begun = new Engine(house, tier, draw);
    if (mine !== run) {
      await begun.close();
      return;
    }
    engine = begun;
    begun.pace(pace);
    house.slow?.(readRate);
    await begun.open();
    if (mine === run) change({ phase: 'running', view: begun.view() });
  } catch (error) {
    if (mine === run) fail(error instanceof Error ? error.message : String(error));
  }
}

async function pageHouse(): Promise<PriceHouse> {
  const { openInPageHouse } = await import('./in-page-house.ts');
  return openInPageHouse((text) => console.warn(text));
}

async function liveHouse(): Promise<PriceHouse> {
  const { openLiveHouse } = await import('./live-house.ts');
  return openLiveHouse(await exampleAddress());
}

/** Starts the example, unless it runs, and resolves with where it listens. */
async function exampleAddress(): Promise<string> {
  if (exampleGoesOn(exampleState.value) && exampleState.value.name !== EXAMPLE) leaveExample();
  if (!exampleGoesOn(exampleState.value)) void startExample(EXAMPLE);
  return new Promise((resolve, reject) => {
    const stop = watch(
      exampleState,
      ({ address, phase, failure }) => {
        if (address !== undefined) resolve(address);
        else if (phase === 'ended') reject(new Error(failure?.message ?? ''));
        else return;
        queueMicrotask(() => stop());
      },
      { immediate: true },
    );
  });
}

function fail(problem: string): void {
  end();
  change({ phase: 'failed', problem });
}

/** Ends what runs. What was seen stays. */
function end(): void {
  run += 1;
  const ended = engine;
  engine = undefined;
  ended?.close().catch(() => {});
}

/** The example has ended under the screen. */
watch(exampleState, ({ phase }) => {
  const { where, phase: screen } = screenState.value;
  if (where === 'live' && phase === 'ended' && (screen === 'running' || screen === 'paused')) fail('');
});

export async function pause(): Promise<void> {
  if (screenState.value.phase !== 'running' || engine === undefined) return;
  change({ phase: 'paused' });
  await engine.pause();
  draw();
}

export async function goOn(): Promise<void> {
  if (screenState.value.phase !== 'paused' || engine === undefined) return;
  change({ phase: 'running' });
  try {
    await engine.goOn();
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

/** A tab that nobody sees stands still, and goes on when it is looked at again. */
export function onVisibility(isHidden: boolean): void {
  if (isHidden && screenState.value.phase === 'running') {
    isPausedByHiding = true;
    void pause();
  } else if (!isHidden && isPausedByHiding) {
    isPausedByHiding = false;
    void goOn();
  }
}

/** The reader has left the page. */
export function leave(): void {
  end();
  isPausedByHiding = false;
  const { where, tier, readRate, pace } = screenState.value;
  screenState.value = { ...FIRST, where, tier, readRate, pace };
}

export function chooseWhere(where: Where): void {
  if (where === screenState.value.where) return;
  leave();
  change({ where });
}

export function chooseTier(tier: Tier): void {
  change({ tier });
  void engine?.choose(tier);
}

export function chooseReadRate(readRate: ReadRate): void {
  change({ readRate });
  engine?.slow(readRate);
}

export function choosePace(pace: Pace): void {
  change({ pace });
  engine?.pace(pace);
}

export function cut(): void {
  engine?.cut();
}

export function cutSource(): void {
  engine?.cutSource();
}

export function restoreSource(): void {
  engine?.restoreSource();
}

export async function goldNow(): Promise<ChannelState | undefined> {
  return engine?.channel('gold');
}

/** Rejects with what the feed says against it. */
export async function changeMargin(margin: MarginChange, seen: ChannelState): Promise<ChannelState | undefined> {
  return engine?.change(margin, seen);
}
