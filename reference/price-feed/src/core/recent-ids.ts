/** The newest messageIds that passed the gate, so that a repeat of one is no second judgement. Bounded. */

const IDS_MAX = 8_192;

export class RecentIds {
  readonly #ids = new Set<string>();

  has(publisher: string, messageId: string): boolean {
    return this.#ids.has(idOf(publisher, messageId));
  }

  /** Beyond the bound the oldest is forgotten: its repeat is judged like a new tick, and is refused as old. */
  add(publisher: string, messageId: string): void {
    this.#ids.add(idOf(publisher, messageId));
    if (this.#ids.size <= IDS_MAX) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }
}

/** Neither part has spaces. */
function idOf(publisher: string, messageId: string): string {
  return `${publisher} ${messageId}`;
}
