/** Decodes hostile frames and prints what came out; run with little memory to see that a frame cannot ask for much. */

import { outcomeOf } from './outcome.ts';

const nested: Record<string, Uint8Array> = {
  // array 32 with 33 554 431 items, five of them inside each other: 25 bytes.
  'few large arrays': repeated([0xdd, 0x01, 0xff, 0xff, 0xff], 5),
  // array 16 with 65 535 items, as many as a frame holds: 65 535 bytes.
  'many arrays': repeated([0xdc, 0xff, 0xff], 21_845),
  // map 32 with 33 554 431 entries, the first of which has the key 'k'; and so on inside it.
  'few large maps': repeated([0xdf, 0x01, 0xff, 0xff, 0xff, 0xa1, 0x6b], 5),
  // A whole frame: publish with 65 000 empty maps, each one byte.
  'many empty maps': Uint8Array.of(0x95, 4, 1, 0xa1, 0x61, 0xa1, 0x6d, 0xdc, 0xfd, 0xe8, ...repeated([0x80], 65_000)),
};

for (const [name, bytes] of Object.entries(nested)) {
  const outcome = outcomeOf('msgpack', bytes, 'client');
  console.log(`${name}: ${outcome instanceof Error ? outcome.code : 'accepted'}`);
}

function repeated(pattern: readonly number[], times: number): Uint8Array {
  return Uint8Array.from({ length: pattern.length * times }, (_, at) => pattern[at % pattern.length] as number);
}
