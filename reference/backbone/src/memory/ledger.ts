/** What histories and states hold, kept by the topics themselves as they grow and shrink. */
export class Ledger {
  /** All topics together. */
  heldBytes = 0;
  /** The part of it that belongs to topics that nobody listens to. */
  idleBytes = 0;
}
