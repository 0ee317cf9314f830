/** For a runtime that is started as a process. */

import { fingerprints } from './fingerprints.ts';

console.log(JSON.stringify(await fingerprints()));
