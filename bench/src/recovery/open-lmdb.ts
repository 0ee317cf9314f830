/** Opens a bare LMDB database and says how many messages it holds. Usage: open-lmdb.ts FOLDER */

import { open } from 'lmdb';

const database = open<Buffer, number>({
  path: process.argv[2] ?? '',
  noSubdir: false,
  overlappingSync: false,
  encoding: 'binary',
  keyEncoding: 'uint32',
});
console.log(`open ${database.getCount()}`);
