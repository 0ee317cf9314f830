/** The time, as often as a clock on the page has to change. */

import { onBeforeUnmount, type Ref, ref, watchEffect } from 'vue';

const STEP_MS = 250;

/** Moves only while `active` says so. */
export function useNow(active: () => boolean): Ref<number> {
  const now = ref(0);
  let handle: ReturnType<typeof setInterval> | undefined;
  const stop = (): void => clearInterval(handle);
  const stopWatching = watchEffect(() => {
    stop();
    if (!active()) return;
    now.value = Date.now();
    handle = setInterval(() => {
      now.value = Date.now();
    }, STEP_MS);
  });
  onBeforeUnmount(() => {
    stopWatching();
    stop();
  });
  return now;
}
