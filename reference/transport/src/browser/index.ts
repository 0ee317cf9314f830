export { type DialOptions, dial } from './dial.ts';
export { systemClock, systemRandom } from './system-ports.ts';
