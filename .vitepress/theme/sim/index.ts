/** The components that pages use by name. Each comes with the pages that use it, and not with the others. */

import { type Component, defineAsyncComponent } from 'vue';

export const simComponents: Readonly<Record<string, Component>> = {
  SimulatorView: defineAsyncComponent(() => import('./SimulatorView.vue')),
  SimulatorCard: defineAsyncComponent(() => import('./SimulatorCard.vue')),
  MutantTable: defineAsyncComponent(() => import('./MutantTable.vue')),
};
