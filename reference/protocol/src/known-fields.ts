/**
 * Takes away what a schema does not name, so that what was not checked does not travel on as if it had been.
 *
 * A frame of a later version may hold more than is known here, at any depth, and does no harm. But what a publisher puts
 * beside the known fields of a signature would otherwise reach every subscriber, in whatever form and depth it likes.
 */

import { alternativeOf, type FieldSchema } from './field-problem.ts';

/** Changes a value of the schema in place. */
export type Cleaner = (value: unknown) => void;

/** The cleaner of a schema; `undefined` when its values have no fields that it names. */
export function cleanerOf(schema: FieldSchema): Cleaner | undefined {
  if (schema.anyOf !== undefined) return unionCleaner(schema, schema.anyOf);
  if (schema.type === 'array') return arrayCleaner(cleanerOf(schema.items ?? {}));
  return schema.type === 'object' ? objectCleaner(schema.properties ?? {}) : undefined;
}

function objectCleaner(properties: Readonly<Record<string, FieldSchema>>): Cleaner {
  const known = new Set(Object.keys(properties));
  const inside = Object.entries(properties).flatMap(([name, field]) => {
    const clean = cleanerOf(field);
    return clean === undefined ? [] : [{ name, clean }];
  });
  return (value) => {
    const fields = value as Record<string, unknown>;
    for (const name in fields) if (!known.has(name)) delete fields[name];
    for (const { name, clean } of inside) if (fields[name] !== undefined) clean(fields[name]);
  };
}

function arrayCleaner(clean: Cleaner | undefined): Cleaner | undefined {
  if (clean === undefined) return undefined;
  return (value) => {
    for (const item of value as readonly unknown[]) clean(item);
  };
}

function unionCleaner(schema: FieldSchema, alternatives: readonly FieldSchema[]): Cleaner | undefined {
  const cleaners = new Map(alternatives.map((alternative) => [alternative, cleanerOf(alternative)]));
  if ([...cleaners.values()].every((clean) => clean === undefined)) return undefined;
  return (value) => {
    const alternative = alternativeOf(schema, value);
    if (alternative !== undefined) cleaners.get(alternative)?.(value);
  };
}
