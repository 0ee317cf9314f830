/** The components that pages use by name. Each comes with the pages that use it, and not with the others. */

import { type Component, defineAsyncComponent } from 'vue';

export const liveComponents: Readonly<Record<string, Component>> = {
  LiveE2e: defineAsyncComponent(() => import('./LiveE2e.vue')),
  LiveVerify: defineAsyncComponent(() => import('./LiveVerify.vue')),
  LiveBench: defineAsyncComponent(() => import('./LiveBench.vue')),
  LiveExample: defineAsyncComponent(() => import('./LiveExample.vue')),
  Playground: defineAsyncComponent(() => import('./ProtocolPlayground.vue')),
  Provenance: defineAsyncComponent(() => import('./ResultProvenance.vue')),
};
