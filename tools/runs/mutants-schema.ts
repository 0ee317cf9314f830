/** What the recorded mutation table of the simulator looks like, for the command line that writes it and the page that shows it. */

import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { NameSchema } from './event-schema.ts';
import { InvalidResultError, ProvenanceSchema } from './result-schema.ts';
import { firstFieldError } from './schema-errors.ts';

const InvariantSchema = Type.String({ pattern: '^(I[1-7]|liveness)$' });

/** Which checker spoke, and the world in which it did. */
const FindingSchema = Type.Object({
  invariant: InvariantSchema,
  rule: Type.String({ minLength: 1 }),
  seed: Type.Integer({ minimum: 1 }),
  profile: NameSchema,
});

const MutantRowSchema = Type.Object({
  name: NameSchema,
  breaks: InvariantSchema,
  what: Type.String({ minLength: 1 }),
  worlds: Type.Integer({ minimum: 1 }),
  /** Absent for a mutant that its invariant did not find. */
  caught: Type.Optional(FindingSchema),
  invariants: Type.Array(InvariantSchema),
  first: Type.Optional(FindingSchema),
});

const MutantsResultSchema = Type.Object({
  schema: Type.Literal(1),
  kind: Type.Literal('mutants'),
  name: Type.Literal('mutants'),
  /** How the table was made, in a few English sentences. */
  method: Type.String(),
  methodKey: NameSchema,
  provenance: ProvenanceSchema,
  /** How many worlds each mutant was given. */
  worldsMax: Type.Integer({ minimum: 1 }),
  rows: Type.Array(MutantRowSchema, { minItems: 1 }),
});

export type MutantsResult = Static<typeof MutantsResultSchema>;

const schema = Compile(MutantsResultSchema);

/** Returns the value as a mutation table, or throws `InvalidResultError` naming the first wrong field. */
export function parseMutants(value: unknown): MutantsResult {
  if (schema.Check(value)) return value;
  const { field, message } = firstFieldError(schema.Errors(value));
  throw new InvalidResultError(field, message);
}
