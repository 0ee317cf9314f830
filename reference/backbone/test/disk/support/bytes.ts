/** Changes files in ways in which only accidents do. */

import { closeSync, fstatSync, openSync, readFileSync, readSync, truncateSync, writeSync } from 'node:fs';

/** Changes bytes of a file from a place on; what is there goes in and comes out. */
export function changeBytes(path: string, at: number, count: number, change: (bytes: Buffer) => void): void {
  const file = openSync(path, 'r+');
  try {
    const bytes = Buffer.alloc(count);
    readSync(file, bytes, 0, count, at);
    change(bytes);
    writeSync(file, bytes, 0, count, at);
  } finally {
    closeSync(file);
  }
}

export function flipBit(path: string, at: number, bit = 0): void {
  changeBytes(path, at, 1, (bytes) => {
    bytes[0] = (bytes[0] ?? 0) ^ (1 << bit);
  });
}

export function sizeOf(path: string): number {
  const file = openSync(path, 'r');
  try {
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

/** All places of a text in a file: LMDB leaves old copies of pages behind. */
export function placesOf(path: string, text: string, encoding: BufferEncoding = 'utf8'): number[] {
  const bytes = readFileSync(path);
  const places: number[] = [];
  for (let at = bytes.indexOf(text, 0, encoding); at !== -1; at = bytes.indexOf(text, at + 1, encoding))
    places.push(at);
  return places;
}

export function cutTo(path: string, bytes: number): void {
  truncateSync(path, bytes);
}
