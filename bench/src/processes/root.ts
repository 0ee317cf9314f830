/** The root of the repository, from where `tsx` is found. */

import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
