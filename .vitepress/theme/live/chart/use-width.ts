/** The width of an element, as it changes. */

import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue';

/** The width of the text column on a wide screen: what a page has before it knows its own width. */
const WIDTH_BEFORE = 680;
const WIDTH_MIN = 240;

export function useWidth(box: Ref<HTMLElement | null>): Ref<number> {
  const width = ref(WIDTH_BEFORE);
  let observer: ResizeObserver | undefined;
  onMounted(() => {
    if (box.value === null) return;
    observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined && entry.contentRect.width > 0) {
        width.value = Math.max(WIDTH_MIN, Math.floor(entry.contentRect.width));
      }
    });
    observer.observe(box.value);
  });
  onBeforeUnmount(() => observer?.disconnect());
  return width;
}
