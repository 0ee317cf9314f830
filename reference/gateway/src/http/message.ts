/**
 * HTTP as plain values (§11). What a request means is decided in this folder; how its bytes travel is the business of
 * whoever holds the socket. So there is no server here, no clock and no file.
 */

export interface HttpRequest {
  readonly method: string;
  /** As it was sent: percent-encoded, without the query. */
  readonly path: string;
  /** What stands behind the `?`, as it was sent; empty where there is none. */
  readonly query: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whether it comes from a program of this machine, with no proxy between. */
  readonly isLocal: boolean;
  /**
   * Reads the body; called at most once. Rejects with `ProtocolError`: FRAME_TOO_LARGE beyond `bytesMax`, OVERLOADED
   * when too many bodies are held already, MALFORMED_FRAME when it ends early.
   */
  readonly body: (bytesMax: number) => Promise<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Left out on the way when the request was a HEAD. */
  readonly body: string;
}

/** A value as JSON, ended by a line break for whoever reads it in a terminal. */
export function jsonResponse(status: number, value: unknown, type = 'application/json'): HttpResponse {
  return { status, headers: { 'Content-Type': `${type}; charset=utf-8` }, body: `${JSON.stringify(value)}\n` };
}
