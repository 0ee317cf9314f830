/** Turns the errors of a schema into one sentence that names the wrong field. */

/** The part of a TypeBox error that is read here. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

export interface FieldError {
  /** Path of the wrong field, such as `options.quick`; empty when the value as a whole is wrong. */
  readonly field: string;
  readonly message: string;
}

/** The first error worth telling, with the path of the field that it is about. */
export function firstFieldError(errors: readonly SchemaError[]): FieldError {
  // A refused additional property is reported twice; the entry with keyword `boolean` only says "schema is false".
  const error = errors.find((candidate) => candidate.keyword !== 'boolean') ?? errors[0];
  if (error === undefined) return { field: '', message: 'is not valid' };
  const parent = error.instancePath.split('/').slice(1);
  const params = error.params as Record<string, readonly string[] | undefined>;
  if (error.keyword === 'required') {
    return { field: [...parent, params['requiredProperties']?.[0] ?? ''].join('.'), message: 'is missing' };
  }
  if (error.keyword === 'additionalProperties') {
    return { field: [...parent, params['additionalProperties']?.[0] ?? ''].join('.'), message: 'is not allowed' };
  }
  return { field: parent.join('.'), message: error.message };
}
