/** The sessions that are live on this gateway: each has one connection, the last that resumed it (§4.7, §9.7). */

/** Who can lose a session to another connection. */
export interface SessionHolder {
  /** The session goes on elsewhere. */
  takenOver(): void;
}

export class SessionTable {
  readonly #byId = new Map<string, SessionHolder>();

  get size(): number {
    return this.#byId.size;
  }

  /** Gives the session to a connection. Returns true when it was taken from another one. */
  claim(sessionId: string, holder: SessionHolder): boolean {
    const other = this.#byId.get(sessionId);
    this.#byId.set(sessionId, holder);
    if (other === undefined || other === holder) return false;
    other.takenOver();
    return true;
  }

  /** The connection has ended. Nothing happens when another one has the session by now. */
  release(sessionId: string, holder: SessionHolder): void {
    if (this.#byId.get(sessionId) === holder) this.#byId.delete(sessionId);
  }
}
