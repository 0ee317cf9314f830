import type { Entry } from '../src/index.ts';

/** What is wrong with entries that have to follow each other without a hole, from a seqNo on, in one epoch. */
export function chainBreaks(entries: readonly Entry[], afterSeqNo = entries[0]?.prevSeqNo ?? 0): string[] {
  return entries.flatMap(({ epoch, seqNo, prevSeqNo, messageId }, at) => {
    const before = at === 0 ? afterSeqNo : (entries[at - 1]?.seqNo ?? 0);
    const breaks = [];
    if (prevSeqNo !== before) breaks.push(`${messageId} follows ${prevSeqNo}, not ${before}`);
    if (seqNo <= before) breaks.push(`${messageId} has ${seqNo}, which is not after ${before}`);
    if (epoch !== entries[0]?.epoch) breaks.push(`${messageId} is of another epoch`);
    return breaks;
  });
}
