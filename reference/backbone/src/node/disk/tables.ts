/** The databases in a store's file. A new one takes the last place: the places are a part of every checksum. */
export const TABLES = ['meta', 'topics', 'entries', 'state', 'expiry', 'ids', 'garbage'] as const;

export type TableName = (typeof TABLES)[number];
