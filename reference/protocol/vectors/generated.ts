/** The files for other implementations: what is in them, and where they stand. */

import { readFileSync } from 'node:fs';
import { asyncApiDocument } from '../src/asyncapi.ts';
import { codecFor, FRAMES, type FrameSpec } from '../src/index.ts';
import { EXAMPLES, type Example } from './examples.ts';
import { INVALID, UNUSUAL } from './irregular.ts';
import { jsonFile } from './json-file.ts';

const ABOUT =
  'Test vectors for section 3 of the protocol. frames: a frame, and what it is in both encodings; a shared frame is read ' +
  'with its topic from JSON and with its alias from MessagePack. A writer need not come to the same bytes: here integers ' +
  'have their shortest form, other numbers are 64-bit floats, and fields stand in the order of the page. unusual: other ' +
  'ways to write a frame, which must be read as well. invalid: what must be refused, with the code and the id of the error.';

/** The text of each file by its path from the root of the repository. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const frames = jsonFile({ about: ABOUT, frames: EXAMPLES.map(vectorOf), unusual: UNUSUAL, invalid: INVALID });
  const integrity = readFileSync(new URL('./integrity.json', import.meta.url), 'utf8');
  return new Map([
    ['reference/protocol/vectors/frames.json', frames],
    ['docs/public/vectors/frames.json', frames],
    ['docs/public/vectors/integrity.json', integrity],
    ['docs/public/asyncapi.json', jsonFile(asyncApiDocument())],
  ]);
}

function vectorOf({ name, frame }: Example) {
  const spec = FRAMES.find((candidate: FrameSpec) => candidate.name === frame.type);
  return {
    name,
    direction: spec?.direction,
    json: codecFor('json').encode(frame),
    msgpackHex: Buffer.from(codecFor('msgpack').encode(frame) as Uint8Array).toString('hex'),
    frame,
  };
}
