/** Checks a decoded object against the schema of its frame and names what is wrong with it. */

import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { ProtocolError } from './errors.ts';
import { fieldProblem } from './field-problem.ts';
import { type Direction, type FrameSpec, fieldsIn } from './frame-schema.ts';
import { FRAMES, type Frame } from './frames.ts';
import { type Cleaner, cleanerOf } from './known-fields.ts';
import { payloadProblem } from './payload.ts';
import { type Encoding, PROTOCOL_VERSION } from './subprotocol.ts';

interface Check {
  readonly spec: FrameSpec;
  readonly accepts: (value: unknown) => boolean;
  /** What is wrong with a value that was not accepted. */
  readonly problem: (value: unknown) => string;
  /** Takes away what the schema does not name. */
  readonly clean: Cleaner | undefined;
  /** Fields that reach other clients as they were given, and so must mean the same in both encodings. §3.3. */
  readonly carried: readonly string[];
}

const CARRIED: Readonly<Record<string, readonly string[]>> = {
  publish: ['payload', 'key', 'signature'],
  presence: ['data'],
};

const checks: Readonly<Record<Encoding, ReadonlyMap<unknown, Check>>> = {
  json: checksIn('json'),
  msgpack: checksIn('msgpack'),
};

/**
 * A frame whose schema is checked, or a `ProtocolError`. `value` is the frame's fields by name, with `type`; it is the
 * frame that comes back, without what its schema does not name.
 */
export function validated(value: Record<string, unknown>, from: Direction, encoding: Encoding): Frame {
  const id = usableId(value['id']);
  const check = checks[encoding].get(value['type']);
  if (check === undefined || check.spec.direction !== from) {
    throw new ProtocolError('UNKNOWN_TYPE', `A ${from} sends no frame of type ${quoted(value['type'])}.`, { id });
  }
  const { name } = check.spec;
  if (name === 'setup') checkVersion(value['protocol'], id);
  if (!check.accepts(value)) {
    throw new ProtocolError('INVALID_FIELD', `${name}: ${check.problem(value)}.`, { id });
  }
  check.clean?.(value);
  // The one optional field of any type: there null says no more than leaving it out, in both encodings. §4.8.
  if (name === 'presence' && value['data'] === null) delete value['data'];
  for (const field of check.carried) checkCarried(name, field, value[field], id);
  return value as unknown as Frame;
}

/** Asked before the other fields, because another version may have other fields. */
function checkVersion(protocol: unknown, id: number | undefined): void {
  if (!Number.isInteger(protocol) || protocol === PROTOCOL_VERSION) return;
  const message = `This gateway speaks protocol ${PROTOCOL_VERSION}, not ${String(protocol)}.`;
  throw new ProtocolError('VERSION_UNSUPPORTED', message, { id });
}

function checkCarried(frame: string, field: string, value: unknown, id: number | undefined): void {
  const problem = value === undefined ? undefined : payloadProblem(value);
  if (problem !== undefined) throw new ProtocolError('INVALID_FIELD', `${frame}: ${field} ${problem}.`, { id });
}

function usableId(id: unknown): number | undefined {
  return Number.isSafeInteger(id) && (id as number) >= 0 ? (id as number) : undefined;
}

function checksIn(encoding: Encoding): ReadonlyMap<unknown, Check> {
  return new Map(FRAMES.map((spec) => [spec.name, checkFor(spec, encoding)]));
}

function checkFor(spec: FrameSpec, encoding: Encoding): Check {
  const schema = schemaIn(spec, encoding);
  const validator = Compile(schema);
  return {
    spec,
    accepts: (value) => validator.Check(value),
    problem: (value) => fieldProblem(schema, value) ?? 'a field is not valid',
    clean: cleanerOf(schema),
    carried: CARRIED[spec.name] ?? [],
  };
}

/** The frame's schema as one encoding carries it. */
function schemaIn(spec: FrameSpec, encoding: Encoding): TSchema {
  const properties: Record<string, TSchema> = { type: Type.Literal(spec.name) };
  for (const { name, schema, required } of fieldsIn(spec, encoding)) {
    properties[name] = required ? { ...schema } : schema;
  }
  return Type.Object(properties);
}

function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'number' ? String(value) : `(${value === null ? 'null' : typeof value})`;
}
