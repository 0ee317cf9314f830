/** As much of JSON Schema 2020-12 as the OpenAPI document uses. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  /** Of a map: what stands at each name. */
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly unknown[];
}

const PLACE = '#/components/schemas/';

/** An object; all of its properties are required unless `required` says otherwise. */
export function objectOf(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = Object.keys(properties),
): Schema {
  return { type: 'object', properties, required };
}

/** Refers to a schema of the document by its name. */
export function refTo(name: string): Schema {
  return { $ref: `${PLACE}${name}` };
}

/** The name that a schema refers to; `undefined` when it is not a reference. */
export function nameOf({ $ref }: Schema): string | undefined {
  return $ref?.startsWith(PLACE) ? $ref.slice(PLACE.length) : undefined;
}

/** The names of all schemas that are referred to, at any depth. */
export function namesIn(schema: Schema): string[] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  const parts = [...Object.values(properties), ...anyOf, additionalProperties, items];
  const below = parts.filter((part): part is Schema => typeof part === 'object').flatMap(namesIn);
  const name = nameOf(schema);
  return name === undefined ? below : [name, ...below];
}
