/** What a process has used since it started. */

export interface Usage {
  /** CPU time of all its threads in its own code … */
  readonly userMicros: number;
  /** … and in the kernel, for networks and disks mostly. */
  readonly systemMicros: number;
  readonly rssBytes: number;
}

export function ownUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { userMicros: user, systemMicros: system, rssBytes: process.memoryUsage.rss() };
}

export function cpuMicrosBetween(before: Usage, after: Usage): number {
  return after.userMicros - before.userMicros + after.systemMicros - before.systemMicros;
}
