/** What keeping a message costs beside its payload, in bytes: the entry itself, its id, its places in history and ring. */
export const ENTRY_BYTES = 256;
