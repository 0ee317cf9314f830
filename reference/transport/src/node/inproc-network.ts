import { InprocNetwork } from '../inproc/network.ts';
import { systemClock } from './system-ports.ts';

/** The names of this process: where `dial` looks for `inproc://name`. */
export const inprocNetwork = new InprocNetwork(systemClock);
