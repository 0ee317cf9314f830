/**
 * An LMDB data file, read as plain bytes.
 *
 * LMDB maps its file into memory and follows what it finds there without checking it, so that one wrong byte can end the
 * process with a signal or change what a commit overwrites. This reads the same file with `read`, page by page, and
 * believes nothing: every page must be inside the file, say that it is the page that was asked for, be reached only once,
 * and hold records that lie inside it, side by side, in the order of their keys. What passes here LMDB can be trusted with.
 *
 * The layout is that of data version 2 of the LMDB in the package `lmdb`, as 64-bit little-endian machines write it:
 *
 * - Pages 0 and 1 are meta pages. Each names the roots of two trees: the list of free pages, and the main tree, whose
 *   records are the roots of the named databases. The one with the greater transaction number counts.
 * - A page begins with a header of 24 bytes: its number, the transaction that wrote it, flags, and where the room between
 *   the offsets of its nodes, which grow from the front, and the nodes, which grow from the back, begins and ends.
 * - A node is 8 bytes and a key, and in a leaf its value; a value that is too long stands in pages of its own.
 *
 * Used pages that nothing leads to are no damage: they are lost room, and nobody reads them.
 */

import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

/** The file is not what LMDB would have written. The message is the end of a sentence that names the file. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}

/** A tree of records, as its parent describes it. */
export interface Tree {
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly records: number;
  /** The page of its root; `undefined` when it is empty. */
  readonly root: number | undefined;
}

interface Meta {
  readonly pageBytes: number;
  readonly transaction: bigint;
  readonly lastPage: number;
  readonly free: Tree;
  readonly main: Tree;
}

const HEADER_BYTES = 24;
const NODE_BYTES = 8;
const TREE_BYTES = 48;
const LONG_VALUE_NODE_BYTES = 24;
const META_BYTES = HEADER_BYTES + 144;
const META_PAGES = 2;
const TRANSACTION_AT = 152;

const MAGIC = 0xbeef_c0de;
const DATA_VERSION = 2;
const PAGE_BYTES_MIN = 256;
const PAGE_BYTES_MAX = 65_536;
const DEPTH_MAX = 32;
/** More address space than machines have. */
const MAP_BYTES_MAX = 2n ** 46n;
const ATTEMPTS_MAX = 100;

const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;

const INTEGER_KEYS = 0x08;

const LONG_VALUE = 0x01;
const SUB_TREE = 0x02;

const NO_ROOT = 0xffff_ffff_ffff_ffffn;

/** Which keys a page may hold: from the first on, up to but without the second. */
interface Bounds {
  readonly from: Buffer | undefined;
  readonly to: Buffer | undefined;
}

export class LmdbFile {
  readonly #file: number;
  readonly #meta: Meta;
  /** A bit for each page that has been reached. */
  readonly #seen: Uint8Array;

  private constructor(file: number, meta: Meta) {
    this.#file = file;
    this.#meta = meta;
    this.#seen = new Uint8Array((meta.lastPage >>> 3) + 1);
  }

  /**
   * Reads the meta pages. `header`: not what they say, but what `newestHeader` gave at another time. Throws `FileFault`,
   * or what `fs` throws.
   */
  static open(path: string, header?: Buffer): LmdbFile {
    const file = openSync(path, 'r');
    try {
      return new LmdbFile(file, metaOf(header ?? newestMeta(file)));
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** The number of the transaction whose state is read. */
  get transaction(): bigint {
    return this.#meta.transaction;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** The named databases; what else is in the main one is passed over. This, and each of them, can be walked once. */
  databases(): Map<string, Tree> {
    const trees = new Map<string, Tree>();
    const cursor = this.#cursor(this.#meta.main, { nodeFlags: [0, SUB_TREE], isSorted: true });
    for (; cursor.hasRecord; cursor.advance()) {
      if (!cursor.isSubTree) continue;
      if (cursor.value.length !== TREE_BYTES) throw new FileFault('a database has no root');
      trees.set(cursor.key.toString('latin1').replace(/\0$/, ''), treeOf(cursor.value, 0));
    }
    return trees;
  }

  /** The records of a database, in the order of their keys. */
  records(tree: Tree): TreeCursor {
    return this.#cursor(tree, { nodeFlags: [0], isSorted: true });
  }

  /** Checks that no page is in use and free, or free twice: LMDB would overwrite it. All trees must have been walked. */
  checkFreePages(): void {
    let last = -1n;
    // Its keys are numbers, in the order of their values.
    const cursor = this.#cursor(this.#meta.free, { nodeFlags: [0], isSorted: false });
    for (; cursor.hasRecord; cursor.advance()) {
      const { key, value } = cursor;
      if (key.length !== 8 || value.length < 8) throw new FileFault('the list of free pages is broken');
      const transaction = key.readBigUInt64LE();
      if (transaction <= last) throw new FileFault('the list of free pages is out of order');
      last = transaction;
      this.#checkFree(value);
    }
  }

  /** A block of free pages is the number of its first page, with its negative length before it if it is longer than 1. */
  #checkFree(list: Buffer): void {
    const length = Number(list.readBigInt64LE());
    if (length < 0 || 8 * (length + 1) > list.length) throw new FileFault('the list of free pages is too long');
    for (let at = 1; at <= length; at++) {
      const entry = Number(list.readBigInt64LE(8 * at));
      if (entry === 0) continue;
      let count = 1;
      let first = entry;
      if (entry < 0) {
        at += 1;
        count = -entry;
        first = at <= length ? Number(list.readBigInt64LE(8 * at)) : -1;
      }
      if (count > this.#meta.lastPage) throw new FileFault('the list of free pages is too long');
      for (let page = first; page < first + count; page++) this.#see(page);
    }
  }

  #cursor(tree: Tree, kind: TreeKind): TreeCursor {
    const { pageBytes, transaction } = this.#meta;
    const read = (number: number, into: Buffer): void => {
      for (let at = 0; at * pageBytes < into.length; at++) this.#see(number + at);
      readAt(this.#file, into, number * pageBytes);
      checkHeader(into, number, transaction);
    };
    return new TreeCursor({ tree, kind, pageBytes, read });
  }

  #see(number: number): void {
    if (number < META_PAGES || number > this.#meta.lastPage) throw new FileFault(`page ${number} is not there`);
    const seen = this.#seen[number >>> 3] ?? 0;
    const bit = 1 << (number & 7);
    if ((seen & bit) !== 0) throw new FileFault(`page ${number} is used twice`);
    this.#seen[number >>> 3] = seen | bit;
  }
}

/** The page that makes the newest state valid. Throws `FileFault`, or what `fs` throws. */
export function newestHeader(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    return newestMeta(file);
  } finally {
    closeSync(file);
  }
}

/** Makes an older state the newest again, durably. Its pages must all be there. Nobody may have the file open. */
export function putHeader(path: string, header: Buffer): void {
  const { pageBytes, transaction } = metaOf(header);
  const place = Number(transaction & 1n);
  const other = Buffer.from(header);
  other.writeBigUInt64LE(BigInt(1 - place), 0);
  other.writeBigUInt64LE(transaction - 1n, TRANSACTION_AT);
  const file = openSync(path, 'r+');
  try {
    writeSync(file, header, 0, header.length, place * pageBytes);
    writeSync(file, other, 0, other.length, (1 - place) * pageBytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** What the records of a tree are. */
interface TreeKind {
  /** The flags that records may have, besides the one for a long value. */
  readonly nodeFlags: readonly number[];
  /** Whether the bytes of its keys rise. */
  readonly isSorted: boolean;
}

interface TreeCursorOptions {
  readonly tree: Tree;
  readonly kind: TreeKind;
  readonly pageBytes: number;
  /** Reads pages from a number on, as many as a buffer has room for, and checks that they are those. */
  readonly read: (number: number, into: Buffer) => void;
}

/** A page on the way from the root to the current record. */
interface Visit {
  readonly page: Buffer;
  readonly nodes: number[];
  /** Which of the nodes is the current one. */
  at: number;
  bounds: Bounds;
}

const UNBOUNDED: Bounds = { from: undefined, to: undefined };
const NOTHING = Buffer.alloc(0);

/** Goes through the records of a tree, in order, and checks every page on its way. */
export class TreeCursor {
  /** The current record. Both are views, which the next `advance` changes. */
  key: Buffer = NOTHING;
  value: Buffer = NOTHING;
  /** Whether there is a current record. */
  hasRecord = false;
  /** Whether its value is the root of another tree. */
  isSubTree = false;
  readonly #options: TreeCursorOptions;
  readonly #path: Visit[] = [];
  readonly #found = { branchPages: 0, leafPages: 0, overflowPages: 0, records: 0 };
  #level = 0;
  #long: Buffer = NOTHING;

  constructor(options: TreeCursorOptions) {
    this.#options = options;
    const { tree } = options;
    if (tree.depth > DEPTH_MAX || (tree.depth === 0) !== (tree.root === undefined)) {
      throw new FileFault('a tree is not as deep as it says');
    }
    if (tree.root === undefined) {
      this.#checkEnd();
      return;
    }
    this.#descend(tree.root, UNBOUNDED);
    this.#show();
  }

  advance(): void {
    const leaf = this.#visit(this.#level);
    leaf.at += 1;
    if (leaf.at >= leaf.nodes.length && !this.#nextLeaf()) {
      this.hasRecord = false;
      this.#checkEnd();
      return;
    }
    this.#show();
  }

  #visit(level: number): Visit {
    const { pageBytes } = this.#options;
    this.#path[level] ??= { page: Buffer.allocUnsafeSlow(pageBytes), nodes: [], at: 0, bounds: UNBOUNDED };
    return this.#path[level];
  }

  /** Goes to the first record of the next leaf, if there is one. */
  #nextLeaf(): boolean {
    for (let level = this.#level - 1; level > 0; level--) {
      const visit = this.#visit(level);
      if (visit.at + 1 >= visit.nodes.length) continue;
      visit.at += 1;
      this.#level = level;
      this.#descend(this.#childOf(visit), this.#boundsOf(visit));
      return true;
    }
    return false;
  }

  #childOf({ page, nodes, at }: Visit): number {
    const node = nodes[at] ?? 0;
    if (page.readUInt16LE(node + 4) !== 0) throw new FileFault('a page number is out of range');
    return page.readUInt32LE(node);
  }

  /** The first key of a branch says nothing: what is before the second belongs to its first page. */
  #boundsOf({ page, nodes, at, bounds }: Visit): Bounds {
    const next = nodes[at + 1];
    const node = nodes[at] ?? 0;
    return {
      from: at === 0 ? bounds.from : Buffer.from(keyOf(page, node)),
      to: next === undefined ? bounds.to : Buffer.from(keyOf(page, next)),
    };
  }

  /** Reads a page, and the first pages under it down to a leaf. */
  #descend(number: number, bounds: Bounds): void {
    const { tree, kind, read } = this.#options;
    let next = number;
    let within = bounds;
    for (;;) {
      this.#level += 1;
      const visit = this.#visit(this.#level);
      read(next, visit.page);
      visit.at = 0;
      visit.bounds = within;
      const isLeaf = this.#level === tree.depth;
      if (visit.page.readUInt16LE(18) !== (isLeaf ? LEAF : BRANCH))
        throw new FileFault(`page ${next} is of another kind`);
      findNodes(visit, next, isLeaf ? kind.nodeFlags : undefined);
      if (kind.isSorted) checkOrder(visit, next, isLeaf);
      if (isLeaf) {
        this.#found.leafPages += 1;
        this.#found.records += visit.nodes.length;
        return;
      }
      this.#found.branchPages += 1;
      next = this.#childOf(visit);
      within = this.#boundsOf(visit);
    }
  }

  #show(): void {
    const { page, nodes, at } = this.#visit(this.#level);
    const node = nodes[at] ?? 0;
    const end = keyEndOf(page, node);
    const valueBytes = page.readUInt32LE(node);
    const flags = page.readUInt16LE(node + 4);
    const isLong = (flags & LONG_VALUE) !== 0;
    this.isSubTree = (flags & SUB_TREE) !== 0;
    this.key = page.subarray(node + NODE_BYTES, end);
    this.value = isLong ? this.#longValue(page, end, valueBytes) : page.subarray(end, end + valueBytes);
    this.hasRecord = true;
  }

  #longValue(page: Buffer, at: number, bytes: number): Buffer {
    const { pageBytes, read } = this.#options;
    const first = pageNumber(page.readBigUInt64LE(at));
    const pages = pageNumber(page.readBigUInt64LE(at + 16));
    if (pages !== Math.floor((HEADER_BYTES - 1 + bytes) / pageBytes) + 1)
      throw new FileFault('a long value is cut off');
    if (this.#long.length < pages * pageBytes) this.#long = Buffer.allocUnsafeSlow(pages * pageBytes);
    const long = this.#long.subarray(0, pages * pageBytes);
    read(first, long);
    const isOverflow = long.readUInt16LE(18) === OVERFLOW && long.readUInt32LE(20) === pages;
    if (!isOverflow) throw new FileFault(`page ${first} is of another kind`);
    this.#found.overflowPages += pages;
    return long.subarray(HEADER_BYTES, HEADER_BYTES + bytes);
  }

  #checkEnd(): void {
    const { tree } = this.#options;
    const found = this.#found;
    const isComplete =
      found.branchPages === tree.branchPages &&
      found.leafPages === tree.leafPages &&
      found.overflowPages === tree.overflowPages &&
      found.records === tree.records;
    if (!isComplete) throw new FileFault('a tree has not as many pages or records as it says');
  }
}

/** The newer of the two meta pages. */
function newestMeta(file: number): Buffer {
  if (fstatSync(file).size === 0) throw new FileFault('it is empty');
  const [first, second] = settledMetas(file);
  const [newer, older] = transactionOf(second) > transactionOf(first) ? [second, first] : [first, second];
  // Each transaction writes one of them, in turn.
  const newest = transactionOf(newer);
  const areInTurn = newest === transactionOf(older) + 1n && (newer === second) === ((newest & 1n) === 1n);
  const areAlike = metaOf(newer).pageBytes === metaOf(older).pageBytes;
  if (!areAlike || !areInTurn) throw new FileFault('its two headers contradict each other');
  return newer;
}

/** Somebody may be writing them at this moment: they are read until they have been the same twice. */
function settledMetas(file: number): [Buffer, Buffer] {
  let last = metasOf(file);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const metas = metasOf(file);
    if (metas[0].equals(last[0]) && metas[1].equals(last[1])) return metas;
    last = metas;
  }
  throw new FileFault('its header does not stand still');
}

function metasOf(file: number): [Buffer, Buffer] {
  const [first, second] = [Buffer.alloc(META_BYTES), Buffer.alloc(META_BYTES)];
  readAt(file, first, 0);
  readAt(file, second, metaOf(first).pageBytes);
  return [first, second];
}

function transactionOf(meta: Buffer): bigint {
  return meta.readBigUInt64LE(TRANSACTION_AT);
}

function metaOf(page: Buffer): Meta {
  if (page.readUInt16LE(18) !== META || page.readUInt32LE(24) !== MAGIC) {
    throw new FileFault('its header is not that of an LMDB file');
  }
  const version = page.readUInt32LE(28) & 0xffff;
  if (version !== DATA_VERSION) throw new FileFault(`it has the data version ${version} instead of ${DATA_VERSION}`);
  const pageBytes = page.readUInt32LE(48);
  const isPageSize = pageBytes >= PAGE_BYTES_MIN && pageBytes <= PAGE_BYTES_MAX && (pageBytes & (pageBytes - 1)) === 0;
  const lastPage = pageNumber(page.readBigUInt64LE(144));
  const mapBytes = page.readBigUInt64LE(40);
  const isMapSize = mapBytes > BigInt(lastPage) * BigInt(pageBytes) && mapBytes <= MAP_BYTES_MAX;
  if (!isPageSize || !isMapSize) throw new FileFault('its header is broken');
  return {
    pageBytes,
    lastPage,
    // Its keys are numbers. This is also where the page size is.
    free: treeOf(page, 48, INTEGER_KEYS),
    main: treeOf(page, 96),
    transaction: transactionOf(page),
  };
}

/** Each kind of tree is laid out in another way; ours are plain but for the one of free pages. */
function treeOf(bytes: Buffer, at: number, flags = 0): Tree {
  if (bytes.readUInt16LE(at + 4) !== flags) throw new FileFault('a tree is of another kind');
  const root = bytes.readBigUInt64LE(at + 40);
  return {
    depth: bytes.readUInt16LE(at + 6),
    branchPages: Number(bytes.readBigUInt64LE(at + 8)),
    leafPages: Number(bytes.readBigUInt64LE(at + 16)),
    overflowPages: Number(bytes.readBigUInt64LE(at + 24)),
    records: Number(bytes.readBigUInt64LE(at + 32)),
    root: root === NO_ROOT ? undefined : pageNumber(root),
  };
}

function pageNumber(number: bigint): number {
  if (number > 0xffff_ffffn) throw new FileFault('a page number is out of range');
  return Number(number);
}

function checkHeader(page: Buffer, number: number, transaction: bigint): void {
  const isAsked = page.readUInt32LE(0) === number && page.readUInt32LE(4) === 0;
  if (!isAsked || page.readBigUInt64LE(8) > transaction) {
    throw new FileFault(`page ${number} is not the page that was written there`);
  }
}

/**
 * Finds where the nodes of a page begin. They must lie between the free room and the end of the page, without a gap and
 * without touching each other. `nodeFlags`: which a leaf may have; `undefined`: it is a branch, whose nodes have no value.
 */
function findNodes({ page, nodes }: Visit, number: number, nodeFlags: readonly number[] | undefined): void {
  const lower = page.readUInt16LE(20);
  const upper = HEADER_BYTES + page.readUInt16LE(22);
  const isBroken = (lower & 1) !== 0 || HEADER_BYTES + lower > upper || upper > page.length;
  if (isBroken || lower === 0 || (nodeFlags === undefined && lower < 4)) {
    throw new FileFault(`the header of page ${number} is broken`);
  }
  nodes.length = 0;
  let end = upper;
  for (let at = HEADER_BYTES; at < HEADER_BYTES + lower; at += 2) {
    const node = HEADER_BYTES + page.readUInt16LE(at);
    if (node < upper || node + NODE_BYTES > page.length || (node & 1) !== 0) {
      throw new FileFault(`page ${number} names a record outside of it`);
    }
    const bytes = NODE_BYTES + page.readUInt16LE(node + 6) + valueBytesOf(page, node, number, nodeFlags);
    if (node + bytes > page.length) throw new FileFault(`page ${number} holds a record that is too long`);
    end += bytes + (bytes & 1);
    nodes.push(node);
  }
  if (end !== page.length) throw new FileFault(`the records of page ${number} lie over each other`);
}

/** How many bytes of a node are its value. */
function valueBytesOf(page: Buffer, node: number, number: number, nodeFlags: readonly number[] | undefined): number {
  if (nodeFlags === undefined) return 0;
  const flags = page.readUInt16LE(node + 4);
  if (!nodeFlags.includes(flags & ~LONG_VALUE)) throw new FileFault(`page ${number} holds a record of another kind`);
  return (flags & LONG_VALUE) === 0 ? page.readUInt32LE(node) : LONG_VALUE_NODE_BYTES;
}

function keyEndOf(page: Buffer, node: number): number {
  return node + NODE_BYTES + page.readUInt16LE(node + 6);
}

function keyOf(page: Buffer, node: number): Buffer {
  return page.subarray(node + NODE_BYTES, keyEndOf(page, node));
}

/** The keys of a page rise, from the first that it may hold on. The first one of a branch says nothing. */
function checkOrder({ page, nodes, bounds: { from, to } }: Visit, number: number, isLeaf: boolean): void {
  const first = isLeaf ? 0 : 1;
  for (let at = first; at < nodes.length; at++) {
    const start = (nodes[at] ?? 0) + NODE_BYTES;
    const end = keyEndOf(page, nodes[at] ?? 0);
    const before = nodes[at - 1];
    let isLess = true;
    if (at > first && before !== undefined) {
      isLess = page.compare(page, start, end, before + NODE_BYTES, keyEndOf(page, before)) < 0;
    } else if (from !== undefined) isLess = from.compare(page, start, end) <= 0;
    const isLast = at === nodes.length - 1;
    const isInside = !isLast || to === undefined || to.compare(page, start, end) > 0;
    if (!isLess || !isInside) throw new FileFault(`the keys of page ${number} are out of order`);
  }
}

function readAt(file: number, into: Buffer, position: number): void {
  for (let read = 0; read < into.length; ) {
    const bytes = readSync(file, into, read, into.length - read, position + read);
    if (bytes === 0) throw new FileFault('it is shorter than it was, or than it says');
    read += bytes;
  }
}
