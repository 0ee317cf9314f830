/** The frames of a connection, both ways, as the playground lists them. */

export const FRAMES_MAX = 500;
/** Longer frames are shown cut; they are sent and received whole. */
export const SHOWN_CHARS_MAX = 20_000;

export interface FrameEntry {
  readonly number: number;
  readonly atMs: number;
  readonly direction: 'sent' | 'received';
  /** Type of the frame; empty when the body could not be read. */
  readonly type: string;
  /** The topic, code or status that tells frames of one type apart. */
  readonly gist: string;
  readonly json: string;
  readonly cut: boolean;
  readonly bytes: number;
  /** Why the body could not be read as a frame. */
  readonly problem: string | undefined;
}

/** Topics by alias, because MessagePack messages carry only the alias. */
export type Aliases = ReadonlyMap<number, string>;

export function jsonOf(value: unknown): { readonly json: string; readonly cut: boolean } {
  const json = typeof value === 'string' ? value : (JSON.stringify(value, showBytes, 2) ?? String(value));
  return json.length <= SHOWN_CHARS_MAX ? { json, cut: false } : { json: json.slice(0, SHOWN_CHARS_MAX), cut: true };
}

function showBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array
    ? `0x${[...value].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
    : value;
}

export function typeOf(frame: unknown): string {
  return field(frame, 'type') ?? '';
}

export function gistOf(frame: unknown, aliases: Aliases): string {
  const alias = Number(field(frame, 'alias'));
  const topic = field(frame, 'topic') ?? aliases.get(alias);
  const seqNo = field(frame, 'seqNo');
  const parts = [field(frame, 'code'), field(frame, 'status'), topic, seqNo === undefined ? undefined : `#${seqNo}`];
  return parts.filter((part) => part !== undefined).join(' ');
}

function field(frame: unknown, name: string): string | undefined {
  if (typeof frame !== 'object' || frame === null) return undefined;
  const value = (frame as Record<string, unknown>)[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
