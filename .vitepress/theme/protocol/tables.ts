/** The protocol's tables as data, read off the schemas that the code validates with. */

import {
  CLOSE_CODES,
  type CloseName,
  ERRORS,
  type ErrorCode,
  encodingOfField,
  FRAMES,
  type FrameSpec,
  LIMITS,
  type LimitName,
  type ReconnectPolicy,
  reconnectPolicyOf,
} from '@micro-socket/protocol';
import { describeType } from './describe-type.ts';

export interface FieldRow {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  /** The one encoding that carries it, where there is one. */
  readonly only?: 'json' | 'msgpack';
  /** The field's place in the MessagePack array; absent when only JSON carries it. */
  readonly position?: number;
}

export interface FrameTable {
  readonly code: number;
  readonly fields: readonly FieldRow[];
}

export interface ProtocolTables {
  readonly frames: Readonly<Record<string, FrameTable>>;
  readonly errors: readonly {
    readonly code: ErrorCode;
    readonly fault: 'client' | 'gateway';
    readonly retry: boolean;
  }[];
  readonly closeCodes: readonly { readonly name: CloseName; readonly code: number; readonly policy: ReconnectPolicy }[];
  readonly limits: readonly { readonly name: LimitName; readonly value: number }[];
}

export function protocolTables(): ProtocolTables {
  return {
    frames: Object.fromEntries(FRAMES.map((spec: FrameSpec) => [spec.name, frameTable(spec)])),
    errors: entriesOf(ERRORS).map(([code, { fault, retry }]) => ({ code, fault, retry })),
    closeCodes: entriesOf(CLOSE_CODES).map(([name, { code }]) => ({ name, code, policy: reconnectPolicyOf(code) })),
    limits: entriesOf(LIMITS).map(([name, { defaultValue }]) => ({ name, value: defaultValue })),
  };
}

function frameTable(spec: FrameSpec): FrameTable {
  let position = 0;
  const fields = spec.fields.map((name): FieldRow => {
    const schema = spec.schema.properties[name] as object;
    const only = encodingOfField(schema);
    const required = only !== undefined || (spec.schema.required as readonly string[]).includes(name);
    const row = { name, type: describeType(schema), required, ...(only === undefined ? {} : { only }) };
    if (only === 'json') return row;
    position += 1;
    return { ...row, position };
  });
  return { code: spec.code, fields };
}

function entriesOf<Key extends string, Value>(table: Readonly<Record<Key, Value>>): [Key, Value][] {
  return Object.entries(table) as [Key, Value][];
}
