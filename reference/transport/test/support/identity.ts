/** Who TLS listeners of tests are: see certificates/README.md. */

import { readFileSync } from 'node:fs';

const read = (name: string) => readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8');

export const identity = { cert: read('certificate.pem'), key: read('key.pem') };

/** What a client has to trust to trust the identity. */
export const trust = { ca: identity.cert };
