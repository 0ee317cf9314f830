/** The English words of the protocol's tables. Their shape is the contract that the other languages fill. */

import { CLOSE_CODES, ERRORS, FRAME_WORDS, type FrameWords, LIMITS } from '@micro-socket/protocol/tables';

const meanings = <Key extends string>(table: Readonly<Record<Key, { readonly meaning: string }>>) =>
  mapValues(table, ({ meaning }) => meaning);

function mapValues<Key extends string, Value, Result>(
  table: Readonly<Record<Key, Value>>,
  map: (value: Value) => Result,
): Record<Key, Result> {
  const entries = Object.entries(table) as [Key, Value][];
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value)])) as Record<Key, Result>;
}

/** The words of the fields of each frame. */
type FieldWords = { readonly [Frame in keyof FrameWords]: FrameWords[Frame]['fields'] };

function fieldsOf(words: FrameWords): FieldWords {
  return Object.fromEntries(Object.entries(words).map(([frame, { fields }]) => [frame, fields])) as FieldWords;
}

export const en = {
  labels: {
    field: 'Field',
    type: 'Type',
    position: 'Position',
    meaning: 'Meaning',
    optional: 'optional',
    jsonOnly: 'JSON only',
    msgpackOnly: 'MessagePack only',
    number: 'Number in MessagePack',
    code: 'Code',
    fault: 'Whose fault',
    retry: 'Retry helps',
    clientDoes: 'What the reference client does',
    reconnect: 'Then',
    limit: 'Limit',
    default: 'Default',
    atBound: 'When it is reached',
    yes: 'yes',
    no: 'no',
    faults: { client: 'client', gateway: 'gateway' },
    policies: {
      stop: 'do not reconnect unchanged',
      'back-off': 'back off, reconnect',
      window: 'reconnect in the window',
    },
  },
  fields: fieldsOf(FRAME_WORDS),
  errors: mapValues(ERRORS, ({ meaning, client }): { meaning: string; client: string } => ({ meaning, client })),
  closeCodes: meanings(CLOSE_CODES) as Record<keyof typeof CLOSE_CODES, string>,
  limits: mapValues(LIMITS, ({ atBound }): string => atBound),
};

export type ProtocolText = typeof en;
