/** A list that keeps its newest entries and counts what it dropped. */
export interface BoundedList<Entry> {
  readonly entries: readonly Entry[];
  readonly dropped: number;
}

export function emptyList<Entry>(): BoundedList<Entry> {
  return { entries: [], dropped: 0 };
}

/** The list with the entry at its end, and without its oldest ones beyond `max`. */
export function append<Entry>(list: BoundedList<Entry>, entry: Entry, max: number): BoundedList<Entry> {
  const entries = [...list.entries, entry];
  const excess = Math.max(0, entries.length - max);
  return { entries: excess === 0 ? entries : entries.slice(excess), dropped: list.dropped + excess };
}
