export { type BackupReport, backup } from './backup.ts';
export { DiskBackbone, type DiskBackboneOptions, type DiskCounters } from './disk-backbone.ts';
export { DirectoryInUseError, DirectoryUnusableError, StoreDamagedError } from './errors.ts';
export { inspect, type StoreReport, type TopicReport } from './inspect.ts';
