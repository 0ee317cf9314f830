/**
 * Reads the shape of a page, line by line.
 *
 * This is not a Markdown parser. It knows the parts that must agree between languages, in the plain style in which the
 * pages of this site are written: headings with `#`, fences, snippets, containers, component tags, tables and inline
 * links. Its weak spot is HTML written over several lines, of which it sees the component's opening line only.
 */

export interface Heading {
  readonly line: number;
  readonly level: number;
  readonly text: string;
  /** The explicit `{#id}`, or undefined. */
  readonly id: string | undefined;
}

export interface Fence {
  readonly line: number;
  /** First word after the back-ticks, without `:line-numbers` or `{1,2}`; empty when there is none. */
  readonly lang: string;
  readonly code: string;
}

/** A line of the page that has a meaning for the checks, as it is written. */
export interface MarkedLine {
  readonly line: number;
  readonly text: string;
}

export interface Table {
  readonly line: number;
  readonly columns: number;
  readonly rows: number;
}

export interface Component {
  readonly line: number;
  readonly name: string;
  /** Attributes in the order of the tag; an attribute without value has an empty one. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** All that the checks look at. */
export interface PageShape {
  /** Lines between the opening and the closing `---`, without these; empty when there is no front matter. */
  readonly frontmatter: readonly string[];
  readonly headings: readonly Heading[];
  readonly fences: readonly Fence[];
  readonly snippets: readonly MarkedLine[];
  /** The type of each container: `tip`, `warning`, `code-group`. */
  readonly containers: readonly MarkedLine[];
  readonly components: readonly Component[];
  readonly tables: readonly Table[];
  readonly links: readonly Link[];
  /** Anchors of HTML tags: `id="…"`. */
  readonly htmlIds: readonly string[];
}

const FENCE = /^(\s*(?:[-*]|\d+\.)?\s*)(`{3,}|~{3,})\s*(.*)$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*$/;
const EXPLICIT_ID = /\s*\{#([\w-]+)\}\s*$/;
const SNIPPET = /^\s*<<<\s*(\S.*?)\s*$/;
const CONTAINER = /^\s*:{3,}\s*([a-z][\w-]*)/;
const COMPONENT = /<([A-Z]\w*|[a-z]+-[a-z-]+)((?:\s+[:@\w.-]+(?:=(?:"[^"]*"|'[^']*'))?)*)\s*\/?>?/g;
const ATTRIBUTE = /([:@\w.-]+)(?:=(?:"([^"]*)"|'([^']*)'))?/g;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const INLINE_LINK = /!?\[(?:[^[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const HTML_LINK = /<a\s[^>]*?href="([^"]+)"/g;
const HTML_ID = /<[a-zA-Z][^>]*?\sid="([^"]+)"/g;

/** Reads a page. Line numbers count from 1 and include the front matter. */
export function readShape(source: string): PageShape {
  const lines = source.replace(/\r\n/g, '\n').split('\n');
  const bodyStart = frontmatterEnd(lines);
  const headings: Heading[] = [];
  const fences: Fence[] = [];
  const snippets: MarkedLine[] = [];
  const containers: MarkedLine[] = [];
  const components: Component[] = [];
  const tables: Table[] = [];
  const links: Link[] = [];
  const htmlIds: string[] = [];

  for (let index = bodyStart; index < lines.length; index += 1) {
    const text = lines[index] ?? '';
    const line = index + 1;

    const fence = readFence(lines, index);
    if (fence) {
      fences.push({ line, lang: fence.lang, code: fence.code });
      index = fence.lastLine;
      continue;
    }
    const heading = HEADING.exec(text);
    if (heading) headings.push(headingOf(line, heading[1] ?? '', heading[2] ?? ''));
    const snippet = SNIPPET.exec(text);
    if (snippet) {
      snippets.push({ line, text: snippet[1] ?? '' });
      continue;
    }
    const container = CONTAINER.exec(text);
    if (container) containers.push({ line, text: container[1] ?? '' });
    if (isTableRule(lines, index)) tables.push(readTable(lines, index));

    // Code between back-ticks is text, not a link and not a component.
    const prose = text.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, '``');
    components.push(...componentsOf(line, prose));
    links.push(...linksOf(line, prose));
    for (const match of prose.matchAll(HTML_ID)) htmlIds.push(match[1] ?? '');
  }

  const frontmatter = bodyStart === 0 ? [] : lines.slice(1, bodyStart - 1);
  links.push(...frontmatterLinks(frontmatter));
  return { frontmatter, headings, fences, snippets, containers, components, tables, links, htmlIds };
}

/** Index of the first line after the front matter; 0 when there is none. */
function frontmatterEnd(lines: readonly string[]): number {
  if (lines[0]?.trim() !== '---') return 0;
  const end = lines.findIndex((line, index) => index > 0 && line.trim() === '---');
  return end === -1 ? 0 : end + 1;
}

function readFence(
  lines: readonly string[],
  start: number,
): { lang: string; code: string; lastLine: number } | undefined {
  const open = FENCE.exec(lines[start] ?? '');
  if (!open) return undefined;
  const marks = open[2] ?? '```';
  const indent = (open[1] ?? '').length;
  const info = (open[3] ?? '').trim();
  if (marks.startsWith('`') && info.includes('`')) return undefined;
  const code: string[] = [];
  let index = start + 1;
  for (; index < lines.length; index += 1) {
    const text = lines[index] ?? '';
    const closing = text.trim();
    if (closing.startsWith(marks) && closing.replaceAll(marks[0] ?? '`', '') === '') break;
    code.push(text.slice(0, indent).trim() === '' ? text.slice(indent) : text);
  }
  return { lang: /^[\w+-]*/.exec(info)?.[0] ?? '', code: code.join('\n'), lastLine: index };
}

function headingOf(line: number, marks: string, rest: string): Heading {
  return { line, level: marks.length, text: rest.replace(EXPLICIT_ID, ''), id: EXPLICIT_ID.exec(rest)?.[1] };
}

function isTableRule(lines: readonly string[], index: number): boolean {
  const text = lines[index] ?? '';
  return text.includes('-') && text.includes('|') && TABLE_RULE.test(text) && (lines[index - 1] ?? '').includes('|');
}

function readTable(lines: readonly string[], ruleIndex: number): Table {
  let rows = 0;
  while ((lines[ruleIndex + 1 + rows] ?? '').includes('|')) rows += 1;
  return { line: ruleIndex, columns: cellsOf(lines[ruleIndex] ?? '').length, rows };
}

function cellsOf(row: string): string[] {
  return row
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|');
}

function componentsOf(line: number, prose: string): Component[] {
  return [...prose.matchAll(COMPONENT)].map((match) => {
    const attributes = new Map<string, string>();
    for (const [, name = '', double, single] of (match[2] ?? '').matchAll(ATTRIBUTE)) {
      attributes.set(name, double ?? single ?? '');
    }
    return { line, name: match[1] ?? '', attributes };
  });
}

function linksOf(line: number, prose: string): Link[] {
  return [...prose.matchAll(INLINE_LINK), ...prose.matchAll(HTML_LINK)].map((match) => ({
    line,
    target: match[1] ?? '',
  }));
}

/** The home page keeps its buttons in the front matter. */
function frontmatterLinks(frontmatter: readonly string[]): Link[] {
  return frontmatter.flatMap((text, index) => {
    const target = /^\s*(?:-\s*)?link:\s*['"]?([^'"\s]+)['"]?\s*$/.exec(text)?.[1];
    return target === undefined ? [] : [{ line: index + 2, target }];
  });
}
