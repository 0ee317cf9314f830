/**
 * Reads a whole store and says what is in it and what is wrong with it. It changes nothing, and no byte of the file can
 * make it fail other than by saying so.
 *
 * Damage comes in two kinds. What is wrong with the file itself, or with the records that name everything else, ends the
 * check: nothing of such a store can be relied upon. What is wrong with a message, a state or an id concerns a topic or
 * an id, which `repair` can put right, and the check goes on.
 *
 * Each record carries a checksum. Beyond that, the records of a topic must fit together: the history is one chain up to
 * the head, each state names a message that is there, and the sums in the topic's row are the sums.
 */

import { crc32 } from 'node:zlib';
import { isSealed } from './checked.ts';
import { entryHeadOf, messageIdOf } from './entry-record.ts';
import { DamagedRecord } from './errors.ts';
import { expiryKey, expiryOfKey, keyOfStateKey, numberOfKey, seqNoOfKey } from './keys.ts';
import { FileFault, LmdbFile, type Tree, type TreeCursor } from './lmdb-file.ts';
import {
  cellOf,
  META_KEY,
  metaOf,
  PROGRESS_KEY,
  progressOf,
  STORE_FORMAT,
  type StateCell,
  type StoreMeta,
  type StoreProgress,
  storedIdOf,
  type TopicRow,
  topicRowOf,
} from './records.ts';
import type { Store } from './store.ts';
import { TABLES, type TableName } from './tables.ts';

/** What can be put right. */
export interface Damage {
  /** The ids of topics whose records are damaged or do not fit together. */
  readonly topics: readonly number[];
  /** Ids of topics of which there are records, but neither a row nor a mark that they were forgotten. */
  readonly orphans: readonly number[];
  /** The numbers of id records that are damaged. */
  readonly ids: readonly number[];
  /** Whether the list of the ends of states is not what the states say. */
  readonly isExpiryWrong: boolean;
}

export interface StoreContents {
  readonly meta: StoreMeta;
  readonly progress: StoreProgress;
  readonly rows: readonly TopicRow[];
  readonly idCount: number;
  readonly recordCount: number;
  readonly damage: Damage;
  /** What is wrong, as sentences; none where the store is intact. */
  readonly problems: readonly string[];
}

/** After so many records others get a turn. */
const RECORDS_PER_TURN = 4_096;

/** More problems than this are only counted. */
const PROBLEMS_MAX = 100;

/** A store of a newer version, or a file that is no store at all. The message is the end of a sentence. */
export class ForeignStore extends Error {
  override readonly name = 'ForeignStore';
}

/** Reads what a store says of itself. Throws `FileFault`, `ForeignStore`, or what `fs` throws. */
export function readMeta(path: string): StoreMeta {
  const file = LmdbFile.open(path);
  try {
    return new StoreCheck(file).meta().meta;
  } catch (error) {
    throw faultOf(error);
  } finally {
    file.close();
  }
}

/**
 * Reads everything. `header`: as it was when this was the newest header. Rejects with `FileFault`, `ForeignStore`, or what
 * `fs` throws.
 */
export async function checkStore(path: string, header?: Buffer): Promise<StoreContents> {
  const file = LmdbFile.open(path, header);
  try {
    return await new StoreCheck(file).contents();
  } catch (error) {
    throw faultOf(error);
  } finally {
    file.close();
  }
}

/** Copies every record into an empty store. Rejects like `checkStore`, and with `FileFault` for a damaged record, too. */
export async function copyStore(path: string, target: Store): Promise<void> {
  const file = LmdbFile.open(path);
  try {
    const trees = file.databases();
    for (const name of TABLES) {
      const tree = trees.get(name);
      if (tree === undefined) throw new ForeignStore(`it has no ${name}`);
      for (const cursor = file.records(tree); cursor.hasRecord; ) {
        await target.transaction(() => copySome(cursor, target, name));
      }
    }
  } finally {
    file.close();
  }
}

function copySome(cursor: TreeCursor, { tables }: Store, name: TableName): void {
  for (let copied = 0; copied < RECORDS_PER_TURN && cursor.hasRecord; copied++) {
    const { key, value } = cursor;
    if (!isSealed(name, key, value)) throw new FileFault(`the record of the key ${key.toString('hex')} is damaged`);
    tables[name].put(key, value);
    cursor.advance();
  }
}

/** What the records of one topic come to. */
interface Sums {
  length: number;
  sizeBytes: number;
  stateBytes: number;
  keyCount: number;
}

class StoreCheck {
  readonly #file: LmdbFile;
  readonly #trees: Map<string, Tree>;
  readonly #problems: string[] = [];
  readonly #damagedTopics = new Set<number>();
  readonly #orphans = new Set<number>();
  readonly #damagedIds: number[] = [];
  readonly #rows = new Map<number, TopicRow>();
  readonly #forgotten = new Set<number>();
  /** When states end, as the states say. */
  readonly #ends = new KeySet();
  #idCount = 0;
  #recordCount = 0;

  constructor(file: LmdbFile) {
    this.#file = file;
    this.#trees = file.databases();
    const missing = TABLES.filter((name) => !this.#trees.has(name));
    if (missing.length === TABLES.length)
      throw new ForeignStore('it holds something else than a store of Micro Socket');
    if (missing.length > 0) throw new FileFault(`its database ${missing[0]} is missing`);
  }

  meta(): { meta: StoreMeta; progress: StoreProgress } {
    const records = new Map<string, Buffer>();
    for (const cursor = this.#records('meta'); cursor.hasRecord; cursor.advance()) {
      records.set(cursor.key.toString(), Buffer.from(cursor.value));
    }
    const [meta, progress] = [META_KEY, PROGRESS_KEY].map((key) => records.get(key.toString()));
    if (meta === undefined) throw new FileFault('the record of what the store is is missing');
    const decodedMeta = decoded(() => metaOf(meta));
    const { format } = decodedMeta;
    if (format !== STORE_FORMAT) {
      throw new ForeignStore(`it has the format ${format}, and this version knows ${STORE_FORMAT}`);
    }
    if (progress === undefined) throw new FileFault('the record of how far the store has come is missing');
    const decodedProgress = decoded(() => progressOf(progress));
    // The page that makes a transaction valid has no checksum: this tells when it leads to an older one.
    if (BigInt(decodedProgress.transaction) !== this.#file.transaction) {
      throw new FileFault('its header leads to another state than the newest');
    }
    return { meta: decodedMeta, progress: decodedProgress };
  }

  async contents(): Promise<StoreContents> {
    const { meta, progress } = this.meta();
    await this.#each('topics', ({ key, value }) => this.#checkRow(key, value));
    await this.#each('garbage', ({ key }) => this.#forgotten.add(numberOfKey(key)));
    await this.#checkTopics();
    const isExpiryWrong = await this.#isExpiryWrong();
    await this.#each('ids', ({ key, value }) => this.#checkId(key, value));
    this.#file.checkFreePages();
    for (const id of this.#orphans) this.#tell(`There are records of the topic number ${id}, which does not exist.`);
    return {
      meta,
      progress,
      rows: [...this.#rows.values()],
      idCount: this.#idCount,
      recordCount: this.#recordCount,
      damage: {
        topics: [...this.#damagedTopics],
        orphans: [...this.#orphans],
        ids: this.#damagedIds,
        isExpiryWrong,
      },
      problems: this.#problems,
    };
  }

  #checkRow(key: Buffer, value: Buffer): void {
    const row = decoded(() => topicRowOf(key, value));
    if (row.id !== numberOfKey(key)) throw new FileFault(`the row of the topic ${row.topic} is in the wrong place`);
    this.#rows.set(row.id, row);
  }

  /** Messages and states are both in the order of their topics: they are read side by side. */
  async #checkTopics(): Promise<void> {
    const states = this.#records('state');
    const entries = this.#records('entries');
    while (states.hasRecord || entries.hasRecord) {
      const id = Math.min(
        ...[states, entries].flatMap((cursor) => (cursor.hasRecord ? [numberOfKey(cursor.key)] : [])),
      );
      const cells = await this.#cellsOf(id, states);
      const check = new TopicCheck(this.#rows.get(id), cells, (problem) => this.#tellOf(id, problem));
      await this.#eachOf(id, entries, (entry) => check.entry(entry));
      check.end();
      if (!this.#rows.has(id) && !this.#forgotten.has(id)) this.#orphans.add(id);
    }
  }

  async #cellsOf(id: number, states: TreeCursor): Promise<Cells> {
    const cells: Cells = new Map();
    await this.#eachOf(id, states, ({ key, value }) => {
      try {
        const cell = cellOf(key, value);
        cells.set(cell.seqNo, { ...cell, key: keyOfStateKey(key) });
        if (cell.expiresAt !== Number.POSITIVE_INFINITY) this.#addEnd(this.#ends, expiryKey(cell.expiresAt, key));
      } catch (error) {
        if (!(error instanceof DamagedRecord)) throw error;
        this.#tellOf(id, 'a state is damaged');
      }
    });
    return cells;
  }

  async #isExpiryWrong(): Promise<boolean> {
    const found = new KeySet();
    let isDamaged = false;
    await this.#each('expiry', ({ key, value }) => {
      isDamaged ||= !isSealed('expiry', key, value);
      if (!isDamaged) this.#addEnd(found, key);
    });
    if (!isDamaged && found.equals(this.#ends)) return false;
    this.#tell('The list of the ends of states is not what the states say.');
    return true;
  }

  /** What a topic has left that was forgotten is cleared away by and by, in no order that matters. */
  #addEnd(ends: KeySet, key: Buffer): void {
    if (this.#rows.has(numberOfKey(expiryOfKey(key).state))) ends.add(key);
  }

  #checkId(key: Buffer, value: Buffer): void {
    this.#idCount += 1;
    try {
      storedIdOf(key, value);
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      this.#damagedIds.push(numberOfKey(key));
      this.#tell(`The message id number ${numberOfKey(key)} is damaged.`);
    }
  }

  #tellOf(id: number, problem: string): void {
    const row = this.#rows.get(id);
    // What is left of a topic that was forgotten only has to be cleared away.
    if (row === undefined) return;
    this.#damagedTopics.add(id);
    this.#tell(`Topic ${row.topic}: ${problem}.`);
  }

  #tell(problem: string): void {
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem);
  }

  #records(name: TableName): TreeCursor {
    const tree = this.#trees.get(name);
    if (tree === undefined) throw new ForeignStore(`it has no ${name}`);
    return this.#file.records(tree);
  }

  async #each(name: TableName, check: (cursor: TreeCursor) => void): Promise<void> {
    for (const cursor = this.#records(name); cursor.hasRecord; cursor.advance()) {
      check(cursor);
      if (this.#isTurnOver()) await turn();
    }
  }

  /** Those of a topic, from the current one on. */
  async #eachOf(id: number, cursor: TreeCursor, check: (cursor: TreeCursor) => void): Promise<void> {
    for (; cursor.hasRecord && numberOfKey(cursor.key) === id; cursor.advance()) {
      check(cursor);
      if (this.#isTurnOver()) await turn();
    }
  }

  /** Counts a record. */
  #isTurnOver(): boolean {
    this.#recordCount += 1;
    return this.#recordCount % RECORDS_PER_TURN === 0;
  }
}

/** A set of keys as its size and the sum of their checksums: two that are equal are very likely the same. */
class KeySet {
  #size = 0;
  #sum = 0;

  add(key: Buffer): void {
    this.#size += 1;
    this.#sum = (this.#sum + crc32(key)) % 2 ** 48;
  }

  equals(other: KeySet): boolean {
    return this.#size === other.#size && this.#sum === other.#sum;
  }
}

type Cells = Map<number, StateCell & { readonly key: string | undefined }>;

/** The messages of one topic, in their order. */
class TopicCheck {
  readonly #row: TopicRow | undefined;
  /** The states whose messages have not come yet. */
  readonly #cells: Cells;
  readonly #tell: (problem: string) => void;
  readonly #sums: Sums = { length: 0, sizeBytes: 0, stateBytes: 0, keyCount: 0 };
  #lastSeqNo: number | undefined;
  #headMessageId: string | undefined;
  #isDamaged = false;

  constructor(row: TopicRow | undefined, cells: Cells, tell: (problem: string) => void) {
    this.#row = row;
    this.#cells = cells;
    this.#tell = tell;
    for (const { sizeBytes, key } of cells.values()) {
      this.#sums.stateBytes += sizeBytes;
      if (key !== undefined) this.#sums.keyCount += 1;
    }
  }

  entry({ key, value }: TreeCursor): void {
    const row = this.#row;
    if (row === undefined) return;
    const seqNo = seqNoOfKey(key);
    try {
      const head = entryHeadOf(key, value);
      this.#sums.sizeBytes += head.sizeBytes;
      const cell = this.#cells.get(seqNo);
      this.#cells.delete(seqNo);
      const isState = cell !== undefined && cell.key === head.key && cell.sizeBytes === head.sizeBytes;
      if (cell !== undefined && !isState) this.#fault(`message ${seqNo} is state of another key or size`);
      if (seqNo >= row.oldestSeqNo) this.#inHistory(seqNo, head.prevSeqNo);
      else if (!isState) this.#fault(`message ${seqNo} is neither state nor in the history`);
      if (seqNo === row.headSeqNo) this.#headMessageId = messageIdOf(value);
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      this.#fault(`message ${seqNo} is damaged`);
      // What comes after it is in order if it follows it.
      if (seqNo >= row.oldestSeqNo) this.#lastSeqNo = seqNo;
    }
  }

  #inHistory(seqNo: number, prevSeqNo: number): void {
    const isNext = this.#lastSeqNo === undefined ? prevSeqNo < seqNo : prevSeqNo === this.#lastSeqNo;
    if (!isNext) this.#fault(`message ${seqNo} does not follow the one before it`);
    this.#lastSeqNo = seqNo;
    this.#sums.length += 1;
  }

  end(): void {
    const row = this.#row;
    // The sums of what was damaged say nothing more.
    if (row === undefined || this.#isDamaged) return;
    for (const seqNo of this.#cells.keys()) this.#fault(`message ${seqNo} is missing, which is state`);
    const { headSeqNo, headMessageId } = row;
    const endsAtHead = this.#lastSeqNo === headSeqNo && this.#headMessageId === headMessageId;
    if (row.length > 0 && !endsAtHead) this.#fault(`the history does not end at the head, message ${headSeqNo}`);
    for (const [name, sum] of Object.entries(this.#sums) as [keyof Sums, number][]) {
      if (row[name] !== sum) this.#fault(`its ${name} is ${sum} and not ${row[name]}`);
    }
  }

  #fault(problem: string): void {
    this.#isDamaged = true;
    this.#tell(problem);
  }
}

/** Bytes that are taken for what they are not, such as a key that is too short, are no mistake of who reads them. */
function faultOf(error: unknown): unknown {
  const isNonsense = error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError;
  return isNonsense ? new FileFault('a record is not what belongs there', { cause: error }) : error;
}

/** Records that everything else hangs on: when they are damaged, so is the store. */
function decoded<Value>(decode: () => Value): Value {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DamagedRecord)
      throw new FileFault('a record that others hang on is damaged', { cause: error });
    throw error;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
