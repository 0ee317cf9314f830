/** Tells a reader who left a page from a component that is only being re-created. */

import { onBeforeUnmount, onMounted } from 'vue';

const visitors = new Map<string, number>();

/**
 * Calls `onLeft` when no component that visits `key` is left.
 *
 * Editing a page, and switching its language, unmounts a component and mounts its successor at once. So the answer is
 * only known a moment later.
 */
export function useVisit(key: string, onLeft: () => void): void {
  const count = (change: number): void => void visitors.set(key, (visitors.get(key) ?? 0) + change);
  onMounted(() => {
    count(1);
    // A closed tab, or a page in the browser's back-forward cache, does not unmount anything.
    addEventListener('pagehide', onLeft);
  });
  onBeforeUnmount(() => {
    count(-1);
    removeEventListener('pagehide', onLeft);
    setTimeout(() => {
      if ((visitors.get(key) ?? 0) === 0) onLeft();
    });
  });
}
