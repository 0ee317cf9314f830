/**
 * The newest publishes of clients that passed the gate, by their ids, with what was in them: a repeat of one is told where
 * it stands, although its tick is old by now. The same id with other content is no repeat. Bounded.
 */

const PUBLISHES_MAX = 8_192;

export class RecentPublishes {
  readonly #contents = new Map<string, string>();

  has(publisher: string, messageId: string, content: string): boolean {
    return this.#contents.get(nameOf(publisher, messageId)) === content;
  }

  /** Beyond the bound the oldest is forgotten: its repeat is judged like a new tick, and is refused as old. */
  add(publisher: string, messageId: string, content: string): void {
    this.#contents.set(nameOf(publisher, messageId), content);
    if (this.#contents.size <= PUBLISHES_MAX) return;
    for (const oldest of this.#contents.keys()) {
      this.#contents.delete(oldest);
      return;
    }
  }

  /** It was refused after all. */
  remove(publisher: string, messageId: string): void {
    this.#contents.delete(nameOf(publisher, messageId));
  }
}

/** Neither part has spaces. */
function nameOf(publisher: string, messageId: string): string {
  return `${publisher} ${messageId}`;
}
