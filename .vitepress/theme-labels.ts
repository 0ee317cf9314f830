/**
 * Translates what the default theme of VitePress has in English only.
 *
 * A few labels for screen readers are fixed in the theme's components, and the language menu offers translations of
 * pages that have none. This plugin replaces those places while the components are compiled. Each place must be found
 * exactly as it is written here: when a new VitePress moves one, the build says so instead of losing the translation.
 */

import type { Plugin } from 'vite';

export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** `$label` is a global property that `theme/index.ts` provides to every template. */
export const PATCHES: readonly Patch[] = [
  { file: 'components/VPNavBarMenu.vue', from: 'Main Navigation', to: "{{ $label('mainNavigation') }}" },
  { file: 'components/VPSidebar.vue', from: 'Sidebar Navigation', to: "{{ $label('sidebarNavigation') }}" },
  {
    file: 'components/VPNavBarHamburger.vue',
    from: 'aria-label="mobile navigation"',
    to: ':aria-label="$label(\'mobileNavigation\')"',
  },
  {
    file: 'components/VPNavBarExtra.vue',
    from: 'label="extra navigation"',
    to: ':label="$label(\'extraNavigation\')"',
  },
  {
    file: 'components/VPSidebarItem.vue',
    from: 'aria-label="toggle section"',
    to: ':aria-label="$label(\'toggleSection\')"',
  },
  { file: 'components/VPDocFooter.vue', from: '>Pager<', to: ">{{ $label('pager') }}<" },
  {
    file: 'composables/langs.js',
    from: 'theme.value.i18nRouting !== false && correspondingLink',
    to: "theme.value.i18nRouting !== false && correspondingLink && !page.value.relativePath.startsWith('internals/')",
  },
];

/** A place in the default theme is not where this file expects it. */
export class ThemeChangedError extends Error {
  readonly code = 'THEME_CHANGED';

  constructor({ file, from }: Patch) {
    super(
      `theme-default/${file} does not contain ${JSON.stringify(from)}; bring .vitepress/theme-labels.ts up to date`,
    );
    this.name = 'ThemeChangedError';
  }
}

export function themeLabels(): Plugin {
  return {
    name: 'micro-socket:theme-labels',
    enforce: 'pre',
    transform(code, id) {
      const path = id.replaceAll('\\', '/');
      // An id with a query is one block of a component that has been transformed as a whole before.
      const patches = PATCHES.filter(({ file }) => path.endsWith(`/theme-default/${file}`));
      return patches.length === 0 ? undefined : { code: patches.reduce(applyPatch, code), map: null };
    },
  };
}

function applyPatch(code: string, patch: Patch): string {
  if (!code.includes(patch.from)) throw new ThemeChangedError(patch);
  return code.replace(patch.from, () => patch.to);
}
