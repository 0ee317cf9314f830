export { DiskBackbone, type DiskBackboneOptions, type DiskCounters } from './disk-backbone.ts';
export { DirectoryInUseError, DirectoryUnusableError, StoreDamagedError } from './errors.ts';
