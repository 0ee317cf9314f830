/**
 * What two translations of a diagram must share: its lines, its nodes and its arrows, without the words.
 *
 * Labels are stripped from each line by the rules of the diagram types that the pages use: flowcharts, sequence
 * diagrams and state diagrams. Of another type only the number of lines is compared.
 */

export interface MermaidOutline {
  /** First word of the diagram: `flowchart`, `sequenceDiagram`. */
  readonly type: string;
  /** Every line that is neither empty nor a comment, without its words. */
  readonly lines: readonly string[];
  /** How many distinct names of nodes, participants or states there are. */
  readonly nodes: number;
}

export function outlineOf(source: string): MermaidOutline {
  const written = joinDescription(source)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('%%'));
  const type = /^[\w-]+/.exec(written[0] ?? '')?.[0] ?? '';
  const strip = stripperFor(type);
  const lines = written.map((line) => stripCommon(line) ?? strip(line));
  return { type, lines, nodes: new Set(lines.flatMap(namesOf)).size };
}

/** A description between braces counts as one line, because translations of it differ in length. */
function joinDescription(source: string): string {
  return source.replace(/\r\n/g, '\n').replace(/accDescr\s*\{[^}]*\}/, 'accDescr:');
}

function stripCommon(line: string): string | undefined {
  if (/^accTitle\b/.test(line)) return 'accTitle';
  if (/^accDescr\b/.test(line)) return 'accDescr';
  if (/^title\b/.test(line)) return 'title';
  return undefined;
}

function stripperFor(type: string): (line: string) => string {
  if (type === 'flowchart' || type === 'graph') return stripFlowchart;
  if (type === 'sequenceDiagram') return stripSequence;
  if (type.startsWith('stateDiagram')) return stripState;
  return () => '*';
}

function stripFlowchart(line: string): string {
  if (line.startsWith('subgraph')) return line.replace(/^subgraph\s+([\w-]+).*$/, 'subgraph $1');
  return line
    .replace(/"[^"]*"/g, '""')
    .replace(/\|[^|]*\|/g, '||')
    .replace(/[[({]+[/\\]?[^\])}]*[/\\]?[\])}]+/g, '[]')
    .replace(/(--|==|-\.)\s+[^->=.][^->=]*?\s+(-->|==>|\.->|---)/g, '$2')
    .replace(/\s+/g, ' ');
}

function stripSequence(line: string): string {
  return line
    .replace(/^((?:create\s+)?(?:participant|actor)\s+[\w-]+)\s+as\s+.*$/, '$1')
    .replace(/^(alt|else|opt|loop|par|and|critical|option|break|box)\b.*$/, '$1')
    .replace(/:.*$/, ':')
    .replace(/\s+/g, ' ');
}

function stripState(line: string): string {
  return line
    .replace(/"[^"]*"/g, '""')
    .replace(/:.*$/, ':')
    .replace(/\s+/g, ' ');
}

const KEYWORDS = new Set(
  (
    'flowchart graph subgraph end direction sequenceDiagram participant actor as note Note over left right of activate ' +
    'deactivate loop alt else opt par and critical option break box rect rgb autonumber state accTitle accDescr title ' +
    'class classDef style linkStyle click create destroy TB TD BT RL LR'
  ).split(' '),
);

function namesOf(line: string): string[] {
  return (line.match(/[A-Za-z_][\w-]*/g) ?? [])
    .map((name) => name.replace(/-+$/, ''))
    .filter((name) => !KEYWORDS.has(name));
}
