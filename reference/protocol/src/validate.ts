/** Checks a decoded object against the schema of its frame and names what is wrong with it. */

import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { ProtocolError } from './errors.ts';
import { type Direction, encodingOfField, type FrameSpec } from './frame-schema.ts';
import { FRAMES, type Frame } from './frames.ts';
import { payloadProblem } from './payload.ts';
import { type Encoding, PROTOCOL_VERSION } from './subprotocol.ts';

interface Check {
  readonly accepts: (value: unknown) => boolean;
  readonly problem: (value: unknown) => string;
}

const specs = new Map<unknown, FrameSpec>(FRAMES.map((spec) => [spec.name, spec]));
const checks: Readonly<Record<Encoding, ReadonlyMap<FrameSpec, Check>>> = {
  json: checksIn('json'),
  msgpack: checksIn('msgpack'),
};

/** A frame whose schema is checked, or a `ProtocolError`. `value` is the frame's fields by name, with `type`. */
export function validated(value: Record<string, unknown>, from: Direction, encoding: Encoding): Frame {
  const id = usableId(value['id']);
  const spec = specs.get(value['type']);
  if (spec === undefined || spec.direction !== from) {
    throw new ProtocolError('UNKNOWN_TYPE', `A ${from} sends no frame of type ${quoted(value['type'])}.`, { id });
  }
  if (spec.name === 'setup') checkVersion(value['protocol'], id);
  const check = checks[encoding].get(spec);
  if (check === undefined || !check.accepts(value)) {
    throw new ProtocolError('INVALID_FIELD', `${spec.name}: ${check?.problem(value) ?? 'is not known'}.`, { id });
  }
  if (spec.name === 'publish') checkPayload(value['payload'], id);
  return value as unknown as Frame;
}

/** Asked before the other fields, because another version may have other fields. */
function checkVersion(protocol: unknown, id: number | undefined): void {
  if (!Number.isInteger(protocol) || protocol === PROTOCOL_VERSION) return;
  const message = `This gateway speaks protocol ${PROTOCOL_VERSION}, not ${String(protocol)}.`;
  throw new ProtocolError('VERSION_UNSUPPORTED', message, { id });
}

function checkPayload(payload: unknown, id: number | undefined): void {
  const problem = payloadProblem(payload);
  if (problem !== undefined) throw new ProtocolError('INVALID_FIELD', `publish: payload ${problem}.`, { id });
}

function usableId(id: unknown): number | undefined {
  return Number.isSafeInteger(id) && (id as number) >= 0 ? (id as number) : undefined;
}

function checksIn(encoding: Encoding): ReadonlyMap<FrameSpec, Check> {
  return new Map(FRAMES.map((spec) => [spec as FrameSpec, checkFor(spec, encoding)]));
}

function checkFor(spec: FrameSpec, encoding: Encoding): Check {
  const validator = Compile(schemaIn(spec, encoding));
  return {
    accepts: (value) => validator.Check(value),
    problem: (value) => {
      const first = validator.Errors(value)[0];
      if (first === undefined) return 'is not valid';
      return describe(first.instancePath, first.keyword, first.params as Record<string, unknown>, first.message);
    },
  };
}

/** The frame's schema as one encoding carries it: a field of the other is left out, a field of its own is required. */
function schemaIn(spec: FrameSpec, encoding: Encoding): TSchema {
  const properties: Record<string, TSchema> = {};
  for (const [name, schema] of Object.entries(spec.schema.properties)) {
    const only = encodingOfField(schema);
    if (only === undefined) properties[name] = schema;
    else if (only === encoding) properties[name] = required(schema);
  }
  return Type.Object(properties);
}

function required(schema: TSchema): TSchema {
  const copy: Record<string, unknown> = { ...schema };
  delete copy['~optional'];
  return copy as TSchema;
}

function describe(path: string, keyword: string, params: Record<string, unknown>, message: string): string {
  if (keyword === 'required') {
    const missing = params['requiredProperties'] as string[];
    return missing.length === 1 ? `the field ${missing[0]} is missing` : `the fields ${missing.join(', ')} are missing`;
  }
  const field = path.slice(1).replaceAll('/', '.');
  if (keyword === 'pattern' && /(^|\.)topics?(\.|$)/.test(field)) {
    return `${field} must be tokens of A-Z a-z 0-9 _ : @ ~ - joined by single dots`;
  }
  if (keyword === 'pattern') return `${field} must be 1 to 64 printable ASCII characters without spaces`;
  return `${field} ${message}`;
}

function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'number' ? String(value) : `(${value === null ? 'null' : typeof value})`;
}
