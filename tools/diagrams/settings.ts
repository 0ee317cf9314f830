/** How diagrams are drawn. Whatever changes the picture is here, because its hash names the picture's file. */

import { dark, light, type Palette } from './palette.ts';

/** Both pictures of a diagram are drawn, and the page shows the one that fits its theme. */
export type Theme = 'light' | 'dark';

export const THEMES: readonly Theme[] = ['light', 'dark'];

/** Must be the version in `tools/diagrams/package.json`; a test compares them. */
export const MERMAID_VERSION = '12.3.0';

/** Raise it when `tidySvg` changes what it writes. */
const TIDY_VERSION = 1;

export const FONT_FAMILY = 'Inter, ui-sans-serif, system-ui, sans-serif';

/** 16 px in the picture stays legible on a phone, where a wide picture is shrunk a little before it scrolls. */
const FONT_SIZE = 16;

/** Nodes are as wide as their words, up to a width that leaves room for two beside each other on a phone. */
const NODES = { minNodeWidth: 0, wrappingWidth: 190 };

/** Mermaid's settings for one theme. Layout, theme and look are explicit because their defaults have changed before. */
export function mermaidSettings(theme: Theme): Record<string, unknown> {
  return {
    startOnLoad: false,
    securityLevel: 'strict',
    layout: 'dagre',
    look: 'classic',
    theme: 'base',
    htmlLabels: false,
    fontFamily: FONT_FAMILY,
    fontSize: FONT_SIZE,
    deterministicIds: true,
    themeVariables: themeVariables(theme === 'dark' ? dark : light, theme === 'dark'),
    themeCSS: themeRules(theme === 'dark' ? dark : light),
    flowchart: { ...NODES, htmlLabels: false, curve: 'basis', nodeSpacing: 36, rankSpacing: 44, padding: 12 },
    sequence: {
      actorFontSize: FONT_SIZE,
      messageFontSize: FONT_SIZE,
      noteFontSize: 15,
      actorMargin: 40,
      mirrorActors: false,
    },
    state: { ...NODES },
  };
}

/** All that decides what a source looks like, as one text to be hashed. */
export function settingsFingerprint(): string {
  return JSON.stringify([MERMAID_VERSION, TIDY_VERSION, THEMES.map(mermaidSettings)]);
}

/** Mermaid lets lines shine through the labels that lie on them; a label is easier to read on a plain ground. */
function themeRules({ background }: Palette): string {
  return `.edgeLabel rect, .edgeLabel .label rect { opacity: 1 !important; fill: ${background} !important; }`;
}

function themeVariables(palette: Palette, darkMode: boolean): Record<string, unknown> {
  const { text, muted, line, box, boxBorder, group, groupBorder, note, noteBorder, background } = palette;
  return {
    darkMode,
    fontFamily: FONT_FAMILY,
    fontSize: `${FONT_SIZE}px`,
    background,
    primaryColor: box,
    primaryTextColor: text,
    primaryBorderColor: boxBorder,
    secondaryColor: group,
    secondaryTextColor: text,
    secondaryBorderColor: groupBorder,
    tertiaryColor: group,
    tertiaryTextColor: text,
    tertiaryBorderColor: groupBorder,
    lineColor: line,
    textColor: text,
    mainBkg: box,
    nodeBorder: boxBorder,
    nodeTextColor: text,
    clusterBkg: group,
    clusterBorder: groupBorder,
    titleColor: text,
    edgeLabelBackground: background,
    actorBkg: box,
    actorBorder: boxBorder,
    actorTextColor: text,
    actorLineColor: groupBorder,
    signalColor: line,
    signalTextColor: text,
    labelBoxBkgColor: group,
    labelBoxBorderColor: groupBorder,
    labelTextColor: text,
    loopTextColor: text,
    noteBkgColor: note,
    noteBorderColor: noteBorder,
    noteTextColor: text,
    activationBkgColor: group,
    activationBorderColor: boxBorder,
    sequenceNumberColor: background,
    transitionColor: line,
    transitionLabelColor: muted,
    stateBkg: box,
    stateLabelColor: text,
    compositeBackground: group,
    compositeBorder: groupBorder,
    compositeTitleBackground: group,
    altBackground: group,
    specialStateColor: boxBorder,
    errorBkgColor: note,
    errorTextColor: text,
  };
}
