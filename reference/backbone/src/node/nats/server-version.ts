/** What a version of nats-server is good for. */

/** The oldest version that was tried. Older ones lack direct reads, or copies with sequence numbers, or have them with faults. */
export const VERSION_MIN = '2.9.10';

/**
 * The oldest version whose clusters keep an expected sequence number. Before 2.9.21, of two messages that expect the same
 * one at the same moment both are stored (nats-server#4320), and there were more faults of this kind until 2.11.
 */
export const CLUSTER_EXPECT_VERSION_MIN = '2.11.0';

/** Whether a version is the given one or newer. What follows a `-` is not looked at. */
export function isAtLeast(version: string, min: string): boolean {
  const parts = numbersOf(version);
  for (const [at, least] of numbersOf(min).entries()) {
    const part = parts[at] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

function numbersOf(version: string): number[] {
  return (version.split('-')[0] ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0);
}
