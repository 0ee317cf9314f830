/** The example that this page started. Outlives the components, like the runs. */

import { type ShallowRef, shallowRef } from 'vue';
import type { ExampleLine } from '../../../tools/runs/live-lines.ts';
import { type ExampleState, exampleGoesOn, idleExample, reduceExample } from './example-state.ts';
import { liveClient } from './live-gate.ts';

export const exampleState: ShallowRef<ExampleState> = shallowRef(idleExample);
let abort = new AbortController();

export async function startExample(name: string): Promise<void> {
  if (exampleGoesOn(exampleState.value)) return;
  exampleState.value = { ...idleExample, phase: 'starting', name };
  abort = new AbortController();
  try {
    const { stream } = await liveClient();
    for await (const line of stream<ExampleLine>('example', { name }, abort.signal)) {
      exampleState.value = reduceExample(exampleState.value, line);
    }
    if (exampleState.value.phase !== 'ended') fail('UNREACHABLE', '');
  } catch (error) {
    if (abort.signal.aborted) return;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNREACHABLE';
    fail(code, error instanceof Error ? error.message : String(error));
  }
}

function fail(code: string, message: string): void {
  exampleState.value = { ...exampleState.value, phase: 'ended', address: undefined, failure: { code, message } };
}

export async function stopExample(): Promise<void> {
  const { id } = exampleState.value;
  if (id === undefined) return leaveExample();
  exampleState.value = { ...exampleState.value, phase: 'stopping' };
  try {
    await (await liveClient()).ask('stop', { id });
  } catch {
    leaveExample();
  }
}

/** Ends the example because the reader left the page. */
export function leaveExample(): void {
  if (!exampleGoesOn(exampleState.value)) return;
  abort.abort();
  const exit = { t: 'exit', code: null, reason: 'stopped' } as const;
  exampleState.value = { ...exampleState.value, phase: 'ended', address: undefined, exit };
}
