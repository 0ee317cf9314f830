/** For a page: sets a global that the test calls. */

import { fingerprints } from './fingerprints.ts';

declare global {
  var simulatedFingerprints: typeof fingerprints;
}

globalThis.simulatedFingerprints = fingerprints;
