/** MessagePack by another library. */

import { Packr, Unpackr } from 'msgpackr';

export const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

export function unpack(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes);
}
