/** Reads and checks the JSON body of a request. */

import type { IncomingMessage } from 'node:http';
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { NameSchema } from '../../tools/runs/event-schema.ts';
import { firstFieldError, type SchemaError } from '../../tools/runs/schema-errors.ts';
import { Refusal } from './refusal.ts';

/** A body is closed: what is not named here cannot reach a command line, not even by mistake. */
const closed = { additionalProperties: false };

const E2eBody = Type.Object(
  { kind: Type.Literal('e2e'), name: NameSchema, options: Type.Optional(Type.Object({}, closed)) },
  closed,
);

const VerifyBody = Type.Object(
  { kind: Type.Literal('verify'), name: NameSchema, options: Type.Optional(Type.Object({}, closed)) },
  closed,
);

const BenchBody = Type.Object(
  {
    kind: Type.Literal('bench'),
    name: NameSchema,
    options: Type.Optional(Type.Object({ quick: Type.Optional(Type.Boolean()) }, closed)),
  },
  closed,
);

const IdBody = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }, closed);
const ExampleBody = Type.Object({ name: NameSchema }, closed);
const EmptyBody = Type.Object({}, closed);

export type RunBody = Static<typeof E2eBody> | Static<typeof BenchBody> | Static<typeof VerifyBody>;

/** Anything with a check and its errors; the compiled schemas below. */
interface BodySchema<T> {
  check(value: unknown): value is T;
  errors(value: unknown): readonly SchemaError[];
}

function bodySchema<S extends TSchema>(schema: S): BodySchema<Static<S>> {
  const compiled = Compile(schema);
  return {
    check: (value): value is Static<S> => compiled.Check(value),
    errors: (value) => compiled.Errors(value),
  };
}

const e2eBody = bodySchema(E2eBody);
const benchBody = bodySchema(BenchBody);
const verifyBody = bodySchema(VerifyBody);
export const idBody = bodySchema(IdBody);
export const exampleBody = bodySchema(ExampleBody);
export const emptyBody = bodySchema(EmptyBody);

export function checkBody<T>(value: unknown, schema: BodySchema<T>): T {
  if (schema.check(value)) return value;
  const { field, message } = firstFieldError(schema.errors(value));
  throw new Refusal('INVALID_BODY', field === '' ? `the body ${message}` : `${field} ${message}`, field);
}

/** The kind decides which options exist, so it is looked at first and the error then names the right field. */
export function checkRunBody(value: unknown): RunBody {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (kind === 'e2e') return checkBody(value, e2eBody);
  if (kind === 'bench') return checkBody(value, benchBody);
  if (kind === 'verify') return checkBody(value, verifyBody);
  throw new Refusal('INVALID_BODY', 'kind must be "e2e", "bench" or "verify"', 'kind');
}

/** The body as JSON, or a refusal. Never holds more than `maxBytes`. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal('INVALID_BODY', 'the body is not JSON', '');
  }
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // The rest is still read, and thrown away: a connection closed under a sender loses the answer.
      if (size > maxBytes) reject(new Refusal('BODY_TOO_LARGE', `the body may have ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Refusal('INVALID_BODY', 'the request was aborted', '')));
  });
}
