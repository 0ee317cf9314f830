/** The OpenAPI document as a page for people: one file, no script, nothing fetched from anywhere. */

import { sha256 } from '@noble/hashes/sha2.js';
import type { HttpResponse } from './message.ts';
import type { OpenApiDocument, OpenApiResponse, Operation } from './openapi.ts';
import { PROBLEMS } from './problem.ts';
import { nameOf, type Schema } from './schema.ts';

const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --quiet: #57606a; --ground: #ffffff; --raised: #f3f5f7; --line: #d0d7de; --accent: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ec; --quiet: #a3adb8; --ground: #14171b; --raised: #1f242a; --line: #39414a; --accent: #79b8ff; }
}
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; font: 1rem/1.55 system-ui, sans-serif; color: var(--text); background: var(--ground); }
a { color: var(--accent); }
h2 { margin-top: 2.5rem; }
section { margin: 1.5rem 0; padding: 0.25rem 1.25rem 1rem; background: var(--raised); border: 1px solid var(--line); border-radius: 0.5rem; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
h3 code { color: var(--accent); }
pre { margin: 0.5rem 0 0; overflow-x: auto; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
caption { padding: 0.75rem 0 0.25rem; text-align: left; font-weight: 600; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
th { font-weight: 500; color: var(--quiet); }
`;

/** Nothing may be loaded, run, framed or sent; the one style is known by its digest. */
const POLICY = `default-src 'none'; style-src 'sha256-${base64Of(sha256(new TextEncoder().encode(STYLE)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The page, with the headers that keep it what it is. */
export function docsResponse(document: OpenApiDocument): HttpResponse {
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': POLICY,
    'Referrer-Policy': 'no-referrer',
  };
  return { status: 200, headers, body: pageOf(document) };
}

function pageOf({ info, paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationOf(method.toUpperCase(), path, operation)),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(info.title)}</h1>
<p>${escaped(info.description)} The same for machines: <a href="/openapi.json">openapi.json</a>.</p>
<h2>Requests</h2>
${operations.join('')}<h2>Bodies</h2>
${Object.entries(components.schemas).map(schemaSection).join('')}<h2>Problems</h2>
${problemTable()}</main>
</body>
</html>
`;
}

function operationOf(method: string, path: string, operation: Operation): string {
  const { operationId, summary, description, parameters, requestBody, responses, security } = operation;
  const heading = `<h3>${escaped(method)} <code>${escaped(path)}</code></h3>`;
  const token =
    security.length > 0 ? '<p>The token, if there is one, goes into <code>Authorization: Bearer</code>.</p>' : '';
  const rows = parameters.map(({ name, in: place, required, description: words }) => [
    code(name),
    place,
    presence(required),
    escaped(words),
  ]);
  const body =
    requestBody === undefined
      ? ''
      : `<p>Its body ${requestBody.required ? 'is' : 'may be'} a ${contentsOf(requestBody)}.</p>`;
  return `<section id="${escaped(operationId)}">
${heading}
<p><strong>${escaped(summary)}</strong> ${escaped(description)}</p>${token}${body}
${rows.length === 0 ? '' : table('What it takes', ['Name', 'Where', 'There', 'Meaning'], rows)}${responseTable(responses)}</section>
`;
}

function presence(isRequired: boolean): string {
  return isRequired ? 'always' : 'may be absent';
}

function responseTable(responses: Operation['responses']): string {
  const rows = Object.entries(responses).map(([status, response]) => [
    code(status),
    `${escaped(response.description)}${headersOf(response)}`,
    contentsOf(response),
  ]);
  return table('What it answers', ['Status', 'Meaning', 'Body'], rows);
}

function headersOf({ headers = {} }: OpenApiResponse): string {
  return Object.entries(headers)
    .map(([name, { description }]) => `<br>${code(name)}: ${escaped(description)}`)
    .join('');
}

/** The types of a body, each with a link to what is in it. */
function contentsOf({ content = {} }: Pick<OpenApiResponse, 'content'>): string {
  const types = Object.entries(content).map(([type, { schema }]) => {
    const name = nameOf(schema);
    return name === undefined ? code(type) : `${linkTo(name)} (${code(type)})`;
  });
  return types.join(', ');
}

function schemaSection([name, schema]: readonly [string, Schema]): string {
  const { description, examples = [] } = schema;
  const words = description === undefined ? '' : `<p>${escaped(description)}</p>\n`;
  const shown = examples.map((example) => `<pre>${code(JSON.stringify(example, null, 2))}</pre>\n`);
  return `<section id="${escaped(name)}">\n${fieldTable(name, schema)}${words}${shown.join('')}</section>\n`;
}

function fieldTable(name: string, { properties = {}, additionalProperties, required = [] }: Schema): string {
  const rows = Object.entries(properties).map(([field, schema]) => [
    code(field),
    typeOf(schema),
    presence(required.includes(field)),
    escaped(schema.description ?? ''),
  ]);
  const others =
    typeof additionalProperties === 'object'
      ? [['any name', typeOf(additionalProperties), presence(false), escaped(additionalProperties.description ?? '')]]
      : [];
  return table(name, ['Field', 'Type', 'There', 'Meaning'], [...rows, ...others]);
}

/** In finished HTML. */
function typeOf(schema: Schema): string {
  const { type, anyOf, const: only, items, additionalProperties } = schema;
  const name = nameOf(schema);
  if (name !== undefined) return linkTo(name);
  if (only !== undefined) return escaped(JSON.stringify(only));
  if (items !== undefined) return `array of ${typeOf(items)}`;
  if (typeof additionalProperties === 'object') return `object of ${typeOf(additionalProperties)}`;
  if (type !== undefined) return escaped(type);
  return anyOf === undefined ? 'any' : anyOf.map(typeOf).join(' or ');
}

function linkTo(name: string): string {
  return `<a href="#${escaped(name)}">${escaped(name)}</a>`;
}

function problemTable(): string {
  const rows = Object.entries(PROBLEMS).map(([name, { status, title }]) => [
    `<code id="${name}">${name}</code>`,
    code(String(status)),
    escaped(title),
  ]);
  return table('Codes', ['Code', 'Status', 'Meaning'], rows);
}

/** `rows` are finished HTML. */
function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((words) => `<th scope="col">${escaped(words)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<div class="table"><table><caption>${escaped(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>
`;
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
