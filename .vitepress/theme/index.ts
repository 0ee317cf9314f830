/** The theme: the default one with our colours, our components and labels in the language of the page. */

import type { Router, Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import type { App } from 'vue';
import { type LocaleText, localeOfPath, texts } from '../locales/index.ts';
import BuildState from './components/BuildState.vue';
import SiteLayout from './components/SiteLayout.vue';
import DurabilityTable from './durability/DurabilityTable.vue';
import { liveComponents } from './live/index.ts';
import { priceFeedComponents } from './price-feed/index.ts';
import { protocolComponents } from './protocol/index.ts';
import { simComponents } from './sim/index.ts';
import './styles/palette.css';
import './styles/layout.css';
import './styles/content.css';
import './styles/diagram.css';
import './styles/home.css';

const theme: Theme = {
  extends: DefaultTheme,
  Layout: SiteLayout,
  enhanceApp({ app, router }) {
    provideLabels(app, router);
    app.component('BuildState', BuildState);
    app.component('DurabilityTable', DurabilityTable);
    const components = { ...liveComponents, ...priceFeedComponents, ...protocolComponents, ...simComponents };
    for (const [name, component] of Object.entries(components)) app.component(name, component);
  },
};

export default theme;

/** `$label(key)` in the templates of the default theme; see `theme-labels.ts`. */
function provideLabels(app: App, router: Router): void {
  const label = (key: keyof LocaleText['labels']): string => {
    // Reading the route makes the templates follow a switch of the language.
    const path = router.route.data?.relativePath ?? '';
    return texts[localeOfPath(path)].labels[key];
  };
  app.config.globalProperties['$label'] = label;
}
