/** Keeps the end of a growing list in view, until the reader scrolls away from it. */

import { nextTick, type Ref, ref, watch } from 'vue';

const NEAR_THE_END_PX = 24;

export interface Follow {
  /** False while the reader looks at older lines. */
  readonly following: Ref<boolean>;
  onScroll(): void;
}

export function useFollow(box: Ref<HTMLElement | null>, changed: () => unknown): Follow {
  const following = ref(true);
  watch(changed, async () => {
    if (!following.value) return;
    await nextTick();
    if (box.value !== null) box.value.scrollTop = box.value.scrollHeight;
  });
  function onScroll(): void {
    const element = box.value;
    if (element === null) return;
    following.value = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_THE_END_PX;
  }
  return { following, onScroll };
}
