/**
 * Refusals as problem documents (RFC 9457). A problem is told apart by its `code`: one of the protocol's (§6), or one
 * of the few below that only HTTP has.
 */

import { ERRORS, type ErrorCode, ProtocolError } from '@micro-socket/protocol';
import { type HttpResponse, jsonResponse } from './message.ts';

/** What is wrong with a request and cannot be with a frame. */
export const HTTP_CODES = [
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'ORIGIN_DENIED',
  'CONFLICT',
  'PRECONDITION_FAILED',
  'PRECONDITION_REQUIRED',
  'UNSUPPORTED_MEDIA_TYPE',
  'UPGRADE_REQUIRED',
] as const;
export type HttpCode = (typeof HTTP_CODES)[number];

export type ProblemCode = HttpCode | ErrorCode;

export interface ProblemInfo {
  readonly status: number;
  /** What the code means, in one sentence about requests. */
  readonly title: string;
}

/** Every code that HTTP is answered with. */
export const PROBLEMS = {
  MALFORMED_FRAME: { status: 400, title: 'The body is not a JSON object.' },
  INVALID_FIELD: { status: 400, title: ERRORS.INVALID_FIELD.meaning },
  AUTH_REQUIRED: { status: 401, title: 'The request has no token, and this gateway does not admit anonymous clients.' },
  AUTH_FAILED: { status: 401, title: 'The token is not valid.' },
  ACL_DENIED: { status: 403, title: ERRORS.ACL_DENIED.meaning },
  ORIGIN_DENIED: { status: 403, title: 'Pages of this origin may not do this.' },
  NOT_FOUND: { status: 404, title: 'There is nothing at this path.' },
  NO_SUCH_TOPIC: { status: 404, title: ERRORS.NO_SUCH_TOPIC.meaning },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The path does not take this method.' },
  MESSAGE_ID_CONFLICT: { status: 409, title: ERRORS.MESSAGE_ID_CONFLICT.meaning },
  SEQ_CONFLICT: { status: 409, title: ERRORS.SEQ_CONFLICT.meaning },
  CONFLICT: { status: 409, title: 'What the request is about has another state than it takes for granted.' },
  PRECONDITION_FAILED: { status: 412, title: 'What the request is about is no longer as If-Match says.' },
  FRAME_TOO_LARGE: { status: 413, title: 'The body has more bytes than frameBytesMax.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body is not declared as JSON.' },
  UPGRADE_REQUIRED: { status: 426, title: 'The path speaks WebSocket only.' },
  PRECONDITION_REQUIRED: { status: 428, title: 'The request must say with If-Match which state it is about.' },
  RATE_LIMITED: { status: 429, title: 'Too many requests came in too short a time.' },
  TOO_MANY_UNACKNOWLEDGED: { status: 429, title: 'Too many publishes have no answer yet.' },
  OVERLOADED: { status: 503, title: ERRORS.OVERLOADED.meaning },
  UNAVAILABLE: { status: 503, title: ERRORS.UNAVAILABLE.meaning },
  INTERNAL: { status: 503, title: ERRORS.INTERNAL.meaning },
} as const satisfies Partial<Record<ProblemCode, ProblemInfo>> & Record<HttpCode, ProblemInfo>;

/** Further facts of a refusal. */
export interface HttpErrorDetails {
  readonly headers?: Readonly<Record<string, string>>;
  /** The path of the field that is at fault, such as `margins.BTCUSDT.bid.amount`. */
  readonly field?: string | undefined;
}

/** A refusal whose reason, or whose answer, only HTTP knows. */
export class HttpError extends Error {
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly field: string | undefined;

  constructor(code: ProblemCode, message: string, { headers = {}, field }: HttpErrorDetails = {}) {
    super(message);
    this.name = 'HttpError';
    this.code = code;
    this.headers = headers;
    this.field = field;
  }
}

export const PROBLEM_TYPE = 'application/problem+json';

/** Names the protection space in `WWW-Authenticate`. */
const REALM = 'micro-socket';

/** How long to wait where the refusal does not say, in milliseconds. */
const AFTER_MS = 1_000;

/** A refusal as an answer. The type of the problem is a place on the gateway's own page of explanations. */
export function problemResponse(error: HttpError | ProtocolError): HttpResponse {
  const { code } = error;
  const { status, title } = problemInfoOf(code);
  const topic = error instanceof ProtocolError ? error.topic : undefined;
  const field = error instanceof HttpError ? error.field : undefined;
  const document = {
    type: typeOf(code),
    title,
    status,
    detail: detailOf(error),
    code,
    ...(topic === undefined ? {} : { topic }),
    ...(field === undefined ? {} : { field }),
  };
  const response = jsonResponse(status, document, PROBLEM_TYPE);
  return { ...response, headers: { ...response.headers, ...headersOf(error) } };
}

/** Where `GET /docs` explains a code. */
export function typeOf(code: ProblemCode): string {
  return `/docs#${code}`;
}

/** How a code is answered. */
export function problemInfoOf(code: ProblemCode): ProblemInfo {
  if (Object.hasOwn(PROBLEMS, code)) return PROBLEMS[code as keyof typeof PROBLEMS];
  // No request can bring it about today; a backbone that refuses with it is still answered by what the code says.
  const { fault, meaning } = ERRORS[code as ErrorCode];
  return { status: fault === 'client' ? 400 : 503, title: meaning };
}

/** What is said to a client that can send frames does not always help one that cannot. */
function detailOf({ code, message }: HttpError | ProtocolError): string {
  return code === 'AUTH_REQUIRED' ? 'Send a token in the header Authorization: Bearer TOKEN.' : message;
}

function headersOf(error: HttpError | ProtocolError): Readonly<Record<string, string>> {
  if (error instanceof HttpError) return error.headers;
  const { code, retry, afterMs = AFTER_MS } = error;
  if (code === 'AUTH_REQUIRED') return { 'WWW-Authenticate': `Bearer realm="${REALM}"` };
  if (code === 'AUTH_FAILED') return { 'WWW-Authenticate': `Bearer realm="${REALM}", error="invalid_token"` };
  return retry ? { 'Retry-After': String(Math.max(1, Math.ceil(afterMs / 1_000))) } : {};
}
