/** Where a run takes place: its cores, its folder, and the signal that ends it. */

import { DataFolder } from './data-folder.ts';
import { choosePinning, type Pinning } from './pinning.ts';

export interface Site {
  readonly pinning: Pinning;
  readonly data: DataFolder;
  readonly signal: AbortSignal;
}

/** Does something with a folder that is removed in any case. */
export async function onSite<Result>(signal: AbortSignal, work: (site: Site) => Promise<Result>): Promise<Result> {
  const data = new DataFolder();
  try {
    return await work({ pinning: choosePinning(), data, signal });
  } finally {
    data.remove();
  }
}
