/** Prints what the client weighs in a page: `node --import tsx tools/client-size.ts`. */

import { bundleClient } from './client-bundle.ts';

const kB = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`;

const { minifiedBytes, gzipBytes, bytesByPackage } = await bundleClient();
console.log(`minified ${kB(minifiedBytes)}, with gzip ${kB(gzipBytes)}`);
for (const [name, bytes] of bytesByPackage) {
  console.log(`${kB(bytes).padStart(10)}  ${((100 * bytes) / minifiedBytes).toFixed(0).padStart(3)} %  ${name}`);
}
