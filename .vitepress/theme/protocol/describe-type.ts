/** Turns a field's JSON schema into the few words that a table shows. */

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** How deep objects are told by their fields; deeper ones are only called objects, or a table would be all types. */
const DEPTH_MAX = 1;

export function describeType(schema: JsonSchema, depth = 0): string {
  if (schema.anyOf !== undefined) {
    return [...new Set(schema.anyOf.map((alternative) => describeType(alternative, depth)))].join(' | ');
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `${describeType(schema.items ?? {}, depth)}[]`;
  if (schema.type === 'object') return depth < DEPTH_MAX ? describeFields(schema, depth + 1) : 'object';
  return schema.type ?? 'JSON';
}

function describeFields({ properties = {}, required = [] }: JsonSchema, depth: number): string {
  const fields = Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${describeType(field, depth)}`,
  );
  return `{ ${fields.join(', ')} }`;
}
