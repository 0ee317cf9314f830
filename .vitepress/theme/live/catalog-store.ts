/** Which suites the dev server can run; asked for once the first component needs it. */

import { type ShallowRef, shallowRef } from 'vue';
import type { SuiteInfo } from '../../../tools/runs/events.ts';
import { isLive, liveClient } from './live-gate.ts';

export interface LiveCatalog {
  readonly e2e: readonly SuiteInfo[];
  readonly bench: readonly SuiteInfo[];
  readonly verify: readonly SuiteInfo[];
  readonly examples: readonly string[];
}

export const catalog: ShallowRef<LiveCatalog | undefined> = shallowRef();
export const catalogError: ShallowRef<string | undefined> = shallowRef();

export async function loadCatalog(): Promise<void> {
  if (!isLive) return;
  try {
    catalog.value = await (await liveClient()).ask<LiveCatalog>('catalog', {});
    catalogError.value = undefined;
  } catch (error) {
    catalogError.value = error instanceof Error ? error.message : String(error);
  }
}
