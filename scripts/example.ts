/** `npm run example -- NAME [options]`: starts one of the examples. */

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const examplesFolder = new URL('../examples/', import.meta.url);
const names = readdirSync(examplesFolder).filter((name) => existsSync(entryOf(name)));
const [name, ...words] = process.argv.slice(2);

function entryOf(of: string): URL {
  return new URL(`${of}/src/main.ts`, examplesFolder);
}

if (name === '--list') {
  console.log(names.join('\n'));
} else if (name === undefined || name === '--help') {
  console.log(`Usage: npm run example -- NAME [options]\n\nExamples:\n  ${names.join('\n  ')}`);
} else if (!names.includes(name)) {
  console.error(`There is no example named ${JSON.stringify(name)}. There are: ${names.join(', ')}.`);
  process.exitCode = 2;
} else {
  // The example reads its own options, as if it had been started itself.
  process.argv = [process.argv[0] as string, fileURLToPath(entryOf(name)), ...words];
  await import(entryOf(name).href).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
