/** MessagePack by another library, and the array of a frame in the slow and obvious way (§3.2). */

import { Packr, Unpackr } from 'msgpackr';
import { encodingOfField, FRAMES, type Frame, type FrameSpec } from '../../src/index.ts';

export const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

export function unpack(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes);
}

export function specOf(type: string): FrameSpec {
  const spec = FRAMES.find((candidate: FrameSpec) => candidate.name === type);
  if (spec === undefined) throw new Error(`No frame ${type}.`);
  return spec;
}

/** The frame's number, then one item for each field that MessagePack carries; `undefined` where there is none. */
export function itemsOf(frame: Frame): unknown[] {
  const spec = specOf(frame.type);
  const items: unknown[] = [spec.code];
  for (const field of spec.fields) {
    const onlyJson = encodingOfField(spec.schema.properties[field] as object) === 'json';
    if (!onlyJson) items.push((frame as unknown as Record<string, unknown>)[field]);
  }
  return items;
}

/** The same items as they stand on the wire: nil for what is absent, nothing for what is absent at the end. */
export function wireItemsOf(frame: Frame): unknown[] {
  const items = itemsOf(frame);
  while (items.at(-1) === undefined) items.pop();
  return items.map((item) => item ?? null);
}
