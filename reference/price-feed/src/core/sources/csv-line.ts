/**
 * One line of comma-separated values (RFC 4180). Fields may stand in double quotes, where a doubled one is a quote.
 * Spaces around a field that is not quoted are no part of it. A field that goes on in the next line is refused.
 */

import { PriceFeedError } from '../errors.ts';

const COMMA = ',';
const QUOTE = '"';

/** Throws `PriceFeedError` FIELD. */
export function splitCsvLine(line: string): string[] {
  if (!line.includes(QUOTE)) return line.split(COMMA).map((field) => field.trim());
  const fields: string[] = [];
  for (let at = 0; at <= line.length; ) {
    const field = fieldAt(line, at);
    fields.push(field.text);
    at = field.end + 1;
  }
  return fields;
}

/** A field and where the comma behind it is, or the end of the line. */
function fieldAt(line: string, start: number): { text: string; end: number } {
  const open = skipSpaces(line, start);
  if (line[open] === QUOTE) return quotedAt(line, open);
  const comma = line.indexOf(COMMA, start);
  const end = comma === -1 ? line.length : comma;
  const text = line.slice(start, end).trim();
  if (text.includes(QUOTE)) throw new PriceFeedError('FIELD', 'A quote stands at both ends of a field, or nowhere.');
  return { text, end };
}

function quotedAt(line: string, open: number): { text: string; end: number } {
  let close = line.indexOf(QUOTE, open + 1);
  while (close !== -1 && line[close + 1] === QUOTE) close = line.indexOf(QUOTE, close + 2);
  if (close === -1) throw new PriceFeedError('FIELD', 'A quote is opened and not closed in the same line.');
  const end = skipSpaces(line, close + 1);
  if (end < line.length && line[end] !== COMMA) {
    throw new PriceFeedError('FIELD', 'There is text between a closing quote and the next comma.');
  }
  return { text: line.slice(open + 1, close).replaceAll('""', QUOTE), end };
}

function skipSpaces(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ' || line[at] === '\t') at += 1;
  return at;
}
