/** A request that the live part of the dev server does not carry out. */

import type { RefusalBody } from '../../tools/runs/live-lines.ts';

const STATUS = {
  NOT_LOOPBACK: 403,
  BAD_HOST: 403,
  BAD_ORIGIN: 403,
  BAD_TOKEN: 403,
  METHOD_NOT_ALLOWED: 405,
  NOT_FOUND: 404,
  UNKNOWN_SUITE: 404,
  UNKNOWN_EXAMPLE: 404,
  UNKNOWN_RUN: 404,
  INVALID_BODY: 400,
  BODY_TOO_LARGE: 413,
  BUSY: 409,
  NOT_FINISHED: 409,
  INVALID_RESULT: 422,
  CATALOG_FAILED: 502,
  CLOSING: 503,
  INTERNAL: 500,
} as const;

export type RefusalCode = keyof typeof STATUS;

/** Thrown anywhere on the way of a request; becomes the JSON answer with the status that belongs to its code. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  /** Path of the wrong field, for `INVALID_BODY`. */
  readonly field: string | undefined;

  constructor(code: RefusalCode, message: string, field?: string) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.field = field;
  }

  get status(): number {
    return STATUS[this.code];
  }

  body(): RefusalBody {
    const { code, message, field } = this;
    return { error: field === undefined ? { code, message } : { code, message, field } };
  }
}
