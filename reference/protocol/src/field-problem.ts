/**
 * Says in plain words what is wrong with a value, and names the field.
 *
 * Walks the schema beside the value and stops at the first thing. It is not the check itself: that one is compiled and
 * runs for every frame; this one runs only for what the check has refused, and to tell the alternatives of a union apart.
 */

/** What is used of JSON Schema to declare fields. */
export interface FieldSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly FieldSchema[];
  /** Completes the sentence "… must be", for what the keywords alone would say badly. */
  readonly description?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: FieldSchema;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

/** What is wrong with `value`, as `from.last must be a whole number from 1 to 1000`; `undefined` when nothing is. */
export function fieldProblem(schema: FieldSchema, value: unknown, path = ''): string | undefined {
  if (schema.anyOf !== undefined) return unionProblem(schema, schema.anyOf, value, path);
  if (!isOfKind(schema, value)) return `${path} must be ${wordsOf(schema)}`;
  if (schema.type === 'array') return firstProblemOfItems(schema, value as readonly unknown[], path);
  if (schema.type === 'object') return firstProblemOfFields(schema, value as Readonly<Record<string, unknown>>, path);
  return undefined;
}

/** The alternative of a union that a value is, the first one where there are more; `undefined` when it is none. */
export function alternativeOf(schema: FieldSchema, value: unknown): FieldSchema | undefined {
  return schema.anyOf?.find((alternative) => fieldProblem(alternative, value) === undefined);
}

function unionProblem(
  schema: FieldSchema,
  alternatives: readonly FieldSchema[],
  value: unknown,
  path: string,
): string | undefined {
  if (alternativeOf(schema, value) !== undefined) return undefined;
  const meant = alternatives.find(
    ({ required = [] }) => isObject(value) && required.some((name) => Object.hasOwn(value, name)),
  );
  return meant === undefined ? `${path} must be ${wordsOf(schema)}` : fieldProblem(meant, value, path);
}

function firstProblemOfItems(schema: FieldSchema, items: readonly unknown[], path: string): string | undefined {
  for (const [index, item] of items.entries()) {
    const problem = fieldProblem(schema.items ?? {}, item, below(path, String(index)));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function firstProblemOfFields(
  { properties = {}, required = [] }: FieldSchema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): string | undefined {
  const missing = required.filter((name) => !Object.hasOwn(value, name)).map((name) => below(path, name));
  if (missing.length === 1) return `the field ${missing[0]} is missing`;
  if (missing.length > 1) return `the fields ${list(missing, 'and')} are missing`;
  for (const [name, field] of Object.entries(properties)) {
    if (!Object.hasOwn(value, name) || value[name] === undefined) continue;
    const problem = fieldProblem(field, value[name], below(path, name));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Whether a value is what the schema asks for, apart from what is inside an array or an object. */
function isOfKind(schema: FieldSchema, value: unknown): boolean {
  if (schema.const !== undefined) return value === schema.const;
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' && hasLength(value, schema) && matches(value, schema.pattern);
    case 'integer':
      return Number.isInteger(value) && isInRange(value as number, schema);
    case 'number':
      return Number.isFinite(value) && isInRange(value as number, schema);
    case 'boolean':
      return typeof value === 'boolean';
    case 'array':
      return Array.isArray(value) && value.length <= (schema.maxItems ?? Number.POSITIVE_INFINITY);
    case 'object':
      return isObject(value);
    default:
      return true;
  }
}

function hasLength(text: string, { minLength = 0, maxLength = Number.POSITIVE_INFINITY }: FieldSchema): boolean {
  // A code point is one UTF-16 unit or two, so most texts need not be counted.
  if (text.length < minLength || text.length > 2 * maxLength) return false;
  const length = [...text].length;
  return length >= minLength && length <= maxLength;
}

function matches(text: string, pattern: string | undefined): boolean {
  return pattern === undefined || new RegExp(pattern, 'u').test(text);
}

function isInRange(value: number, schema: FieldSchema): boolean {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  return value >= minimum && value <= maximum;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wordsOf(schema: FieldSchema): string {
  if (schema.anyOf !== undefined) return list(schema.anyOf.map(wordsOf), 'or');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.description !== undefined) return schema.description;
  switch (schema.type) {
    case 'string':
      return `a text${sizeWords(schema.minLength, schema.maxLength, 'characters')}`;
    case 'integer':
      return `a whole number${rangeWords(schema)}`;
    case 'number':
      return `a number${rangeWords(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `an array${sizeWords(undefined, schema.maxItems, 'items')}`;
    default:
      return `an object with ${list(schema.required ?? [], 'and')}`;
  }
}

function sizeWords(least: number | undefined, most: number | undefined, what: string): string {
  if (most === undefined) return '';
  return least === undefined ? ` of at most ${most} ${what}` : ` of ${least} to ${most} ${what}`;
}

function rangeWords({ minimum, maximum }: FieldSchema): string {
  if (minimum === undefined) return '';
  return maximum === undefined ? ` of at least ${minimum}` : ` from ${minimum} to ${numberWords(maximum)}`;
}

function numberWords(value: number): string {
  return value === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : String(value);
}

function list(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
