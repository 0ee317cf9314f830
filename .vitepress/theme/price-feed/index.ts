/** The components that pages use by name. Each comes with the pages that use it, and not with the others. */

import { type Component, defineAsyncComponent } from 'vue';

export const priceFeedComponents: Readonly<Record<string, Component>> = {
  TradingScreen: defineAsyncComponent(() => import('./TradingScreen.vue')),
};
