/**
 * Keeps the reader's place when the language is switched.
 *
 * The menu's links already lead to the same page. Anchors are the same in every language, so the heading that the
 * reader is at is the same place in the other one.
 */

const LANGUAGE_LINKS = '.VPNavBarTranslations a, .VPNavScreenTranslations a, .VPNavBarExtra .translations a';

/** Distance from the top of the window within which a heading counts as reached: the navigation bar and some air. */
const REACHED_PX = 140;

/** Both come before the click, at which the router of VitePress reads the link's address ahead of everybody else. */
const BEFORE_CLICK = ['pointerdown', 'keydown'] as const;

/** Listens to the language menu. Returns a function that stops listening. */
export function keepPlaceAcrossLanguages(): () => void {
  for (const type of BEFORE_CLICK) document.addEventListener(type, addAnchor, { capture: true });
  return () => {
    for (const type of BEFORE_CLICK) document.removeEventListener(type, addAnchor, { capture: true });
  };
}

function addAnchor(event: Event): void {
  const target = event.target instanceof Element ? event.target.closest(LANGUAGE_LINKS) : null;
  if (!(target instanceof HTMLAnchorElement)) return;
  // An empty hash at the top of a page leaves the other page at its top, too.
  target.hash = window.scrollY < REACHED_PX ? '' : (headingInView() ?? '');
}

/** The last heading that has scrolled past the top of the window. */
function headingInView(): string | undefined {
  const headings = [...document.querySelectorAll<HTMLElement>('.vp-doc :is(h1, h2, h3, h4)[id]')];
  return headings.filter((heading) => heading.getBoundingClientRect().top <= REACHED_PX).at(-1)?.id;
}
