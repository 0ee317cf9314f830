/** How a frame is declared: its name, its MessagePack number, and its fields in MessagePack order. */

import { type TLiteral, type TObject, type TProperties, type TSchema, Type } from 'typebox';
import type { Encoding } from './subprotocol.ts';

/** Who sends a frame. */
export type Direction = 'client' | 'gateway';

/** A declared frame. `schema` describes the JSON object; `fields` gives the positions of the MessagePack array. */
export interface FrameSpec<Name extends string = string, Schema extends TObject = TObject> {
  readonly name: Name;
  /** First item of the MessagePack array. Numbers are never reused. */
  readonly code: number;
  readonly direction: Direction;
  /** Section of the protocol page. */
  readonly section: string;
  /** True when the bytes carry nothing about the receiver and are the same for a whole cohort. */
  readonly shared: boolean;
  readonly schema: Schema;
  /** Field names by position, without `type`. */
  readonly fields: readonly string[];
}

interface FrameOptions<Name extends string, Fields extends TProperties> {
  readonly name: Name;
  readonly code: number;
  readonly direction: Direction;
  readonly section: string;
  readonly shared?: boolean;
  readonly fields: Fields;
}

/** Declares a frame. The order of `fields` is the order of the MessagePack array: append only. */
export function frame<const Name extends string, Fields extends TProperties>(
  options: FrameOptions<Name, Fields>,
): FrameSpec<Name, TObject<{ type: TLiteral<Name> } & Fields>> {
  const schema = Type.Object({ type: Type.Literal(options.name), ...options.fields }) as unknown as TObject<
    { type: TLiteral<Name> } & Fields
  >;
  return {
    name: options.name,
    code: options.code,
    direction: options.direction,
    section: options.section,
    shared: options.shared ?? false,
    schema,
    fields: Object.keys(options.fields),
  };
}

/** Marks a field that only one encoding carries; there it is required. */
export function onlyIn<Schema extends TSchema>(encoding: Encoding, schema: Schema): Schema {
  return { ...schema, 'x-encoding': encoding };
}

/** A field as one encoding carries it. */
export interface FrameField {
  readonly name: string;
  readonly schema: TSchema;
  readonly required: boolean;
}

/** The fields that an encoding carries, in MessagePack order. */
export function fieldsIn(spec: FrameSpec, encoding: Encoding): readonly FrameField[] {
  const required = spec.schema.required as readonly string[];
  return spec.fields.flatMap((name): FrameField[] => {
    const schema = spec.schema.properties[name] as TSchema;
    const only = encodingOfField(schema);
    if (only !== undefined && only !== encoding) return [];
    return [{ name, schema, required: only === encoding || required.includes(name) }];
  });
}

/** The one encoding that carries the field, or `undefined` when both do. */
export function encodingOfField(schema: TSchema): Encoding | undefined {
  return (schema as { 'x-encoding'?: Encoding })['x-encoding'];
}
