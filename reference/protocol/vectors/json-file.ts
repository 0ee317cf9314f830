/** JSON text for a file, laid out as the formatter of this repository lays it out. */

const WIDTH = 120;

/** Objects take a line for each member; an array without objects takes one line where it fits. */
export function jsonFile(value: unknown): string {
  return `${layOut(value, '', 0)}\n`;
}

/** `taken` is how much of the first line is not free: what stands before the value, and a comma after it. */
function layOut(value: unknown, indent: string, taken: number): string {
  const line = inLine(value);
  if (line !== undefined && (taken + line.length <= WIDTH || !Array.isArray(value))) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => inner + layOut(item, inner, inner.length + 1)).join(',\n')}\n${indent}]`;
  }
  const lines = membersOf(value).map(([name, member]) => {
    const start = `${inner}${JSON.stringify(name)}: `;
    return start + layOut(member, inner, start.length + 1);
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** The value in one line, or `undefined` when it holds an object with members. */
function inLine(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (!Array.isArray(value)) return membersOf(value).length === 0 ? '{}' : undefined;
  const items = value.map(inLine);
  return items.includes(undefined) ? undefined : `[${items.join(', ')}]`;
}

function membersOf(value: unknown): [string, unknown][] {
  return Object.entries(value as object).filter(([, member]) => member !== undefined);
}
