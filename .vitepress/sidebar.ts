/** The pages in the order in which a reader needs them, and the two menus made from it. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { type Locale, type LocaleText, prefixOf, texts } from './locales/index.ts';

interface Group {
  readonly title: keyof LocaleText['groups'];
  readonly pages: readonly { readonly title: keyof LocaleText['pages']; readonly path: string }[];
}

/** The pages that exist in every language. Paths are below `docs/`, without extension. */
export const GROUPS: readonly Group[] = [
  { title: 'start', pages: [{ title: 'quickStart', path: 'guide/quick-start' }] },
  {
    title: 'method',
    pages: [
      { title: 'methodology', path: 'guide/methodology' },
      { title: 'problems', path: 'guide/problems-and-solutions' },
      { title: 'subSocket', path: 'guide/sub-socket' },
      { title: 'mainAndSub', path: 'guide/main-and-sub' },
    ],
  },
  {
    title: 'invariants',
    pages: [
      { title: 'invariants', path: 'guide/invariants' },
      { title: 'invariantAccess', path: 'guide/invariants/access' },
      { title: 'invariantDedup', path: 'guide/invariants/dedup' },
      { title: 'invariantOrder', path: 'guide/invariants/order' },
      { title: 'invariantDelivery', path: 'guide/invariants/delivery' },
      { title: 'invariantLatency', path: 'guide/invariants/latency' },
      { title: 'invariantResume', path: 'guide/invariants/resume' },
      { title: 'invariantIntegrity', path: 'guide/invariants/integrity' },
    ],
  },
  {
    title: 'inside',
    pages: [
      { title: 'algorithms', path: 'guide/algorithms' },
      { title: 'algorithmAccess', path: 'guide/algorithms/access' },
      { title: 'algorithmDedup', path: 'guide/algorithms/dedup' },
      { title: 'algorithmOrdering', path: 'guide/algorithms/ordering' },
      { title: 'algorithmResume', path: 'guide/algorithms/resume' },
      { title: 'algorithmSlowReaders', path: 'guide/algorithms/slow-readers' },
      { title: 'architecture', path: 'guide/architecture' },
      { title: 'dataFlow', path: 'guide/data-flow' },
    ],
  },
  {
    title: 'use',
    pages: [
      { title: 'client', path: 'guide/client' },
      { title: 'accessPolicies', path: 'guide/access-policies' },
      { title: 'backbones', path: 'guide/backbones' },
      { title: 'durability', path: 'guide/durability' },
      { title: 'scaling', path: 'guide/scaling' },
      { title: 'presence', path: 'guide/presence-and-signals' },
      { title: 'transports', path: 'guide/transports' },
      { title: 'http', path: 'guide/http' },
      { title: 'priceFeed', path: 'guide/price-feed' },
      { title: 'useCases', path: 'guide/use-cases' },
    ],
  },
  { title: 'reference', pages: [{ title: 'protocol', path: 'reference/protocol' }] },
  {
    title: 'run',
    pages: [
      { title: 'simulator', path: 'simulator' },
      { title: 'mutants', path: 'mutants' },
      { title: 'nodeGateway', path: 'examples/node-gateway' },
      { title: 'tradingScreen', path: 'examples/price-feed' },
      { title: 'e2e', path: 'e2e' },
      { title: 'conformance', path: 'conformance' },
      { title: 'benchmarks', path: 'benchmarks' },
    ],
  },
];

/** The pages for contributors, which exist in English only. */
export const INTERNALS: Group = {
  title: 'internals',
  pages: [
    { title: 'internals', path: 'internals/' },
    { title: 'internalsArchitecture', path: 'internals/architecture' },
    { title: 'internalsTesting', path: 'internals/testing' },
    { title: 'internalsTerms', path: 'internals/terms' },
  ],
};

export function sidebarOf(locale: Locale, docs: string): DefaultTheme.SidebarItem[] {
  const text = texts[locale];
  const groups = GROUPS.map(({ title, pages }) => ({
    text: text.groups[title],
    items: pages.map((page) => ({ text: text.pages[page.title], link: linkTo(locale, page.path) })),
  }));
  return [...groups, internalsGroup(text, docs)];
}

export function navOf(locale: Locale): DefaultTheme.NavItem[] {
  const { nav, pages } = texts[locale];
  const run = GROUPS.find(({ title }) => title === 'run')?.pages ?? [];
  return [
    { text: nav.guide, link: linkTo(locale, 'guide/quick-start'), activeMatch: '/guide/' },
    { text: nav.protocol, link: linkTo(locale, 'reference/protocol'), activeMatch: '/reference/' },
    { text: nav.run, items: run.map(({ title, path }) => ({ text: pages[title], link: linkTo(locale, path) })) },
  ];
}

function linkTo(locale: Locale, path: string): string {
  const prefix = prefixOf(locale);
  return prefix === '' ? `/${path}` : `/${prefix}/${path}`;
}

function internalsGroup(text: LocaleText, docs: string): DefaultTheme.SidebarItem {
  const items: DefaultTheme.SidebarItem[] = INTERNALS.pages.map(({ title, path }) => ({
    text: text.pages[title],
    link: `/${path}`,
  }));
  const folder = join(docs, 'internals/decisions');
  if (existsSync(folder)) items.push({ text: text.pages.decisions, ...decisionsOf(folder) });
  return { text: text.groups.internals, collapsed: true, items };
}

/** The list of the decisions, which has a page of its own, and the decisions below it. */
function decisionsOf(folder: string): DefaultTheme.SidebarItem {
  const link = existsSync(join(folder, 'index.md')) ? { link: '/internals/decisions/' } : {};
  const items = decisionItems(folder);
  return items.length === 0 ? link : { ...link, collapsed: true, items };
}

/** Decisions are listed by their file names, which begin with a number, and shown by their first heading. */
function decisionItems(folder: string): DefaultTheme.SidebarItem[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'index.md');
  return names.sort().map((name) => {
    const heading = /^# (.+?)\s*(?:\{#[\w-]+\})?\s*$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1];
    const slug = name.replace(/\.md$/, '');
    return { text: heading ?? slug, link: `/internals/decisions/${slug}` };
  });
}
