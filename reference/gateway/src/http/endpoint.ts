/** One thing that can be asked over HTTP, as data: the router answers by it, and the OpenAPI document describes it. */

import { PROBLEM_TYPE, type ProblemCode, problemInfoOf } from './problem.ts';
import type { Schema } from './schema.ts';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** What a request carries beside its body. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: Schema;
}

/** What a request carries as its body: JSON. */
export interface RequestBodyInfo {
  /** The name of a schema. */
  readonly schema: string;
  /** The media types that it may be declared as. Default: `application/json`. */
  readonly types?: readonly string[];
  /** Default: it must be there. */
  readonly isOptional?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly words: string;
  /** Absent where the answer has no body. */
  readonly type?: string;
  /** The name of a schema. */
  readonly schema?: string;
  /** What its headers mean, by their names, such as `ETag`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Endpoint<Id extends string = string> {
  /** Names the endpoint in the document and to whoever answers; no two endpoints of a gateway have the same. */
  readonly id: Id;
  readonly method: Method;
  /** `{name}` stands for one whole segment, and is one of the parameters. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** Whether `Authorization: Bearer` says who asks. */
  readonly takesToken: boolean;
  readonly parameters?: readonly Parameter[];
  /** Absent where it has none. */
  readonly body?: RequestBodyInfo;
  readonly answers: readonly Answer[];
}

/** The answers to requests that are refused with these codes. */
export function problems(codes: readonly ProblemCode[]): Answer[] {
  return codes.map((code) => {
    const { status, title } = problemInfoOf(code);
    return { status, words: title, type: PROBLEM_TYPE, schema: 'Problem' };
  });
}
