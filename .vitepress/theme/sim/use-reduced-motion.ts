/** Whether the reader has asked for less motion. */

import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue';

export function useReducedMotion(): Ref<boolean> {
  const reduced = ref(false);
  let query: MediaQueryList | undefined;
  const read = (): void => {
    reduced.value = query?.matches === true;
  };
  onMounted(() => {
    query = matchMedia('(prefers-reduced-motion: reduce)');
    query.addEventListener('change', read);
    read();
  });
  onBeforeUnmount(() => query?.removeEventListener('change', read));
  return reduced;
}
