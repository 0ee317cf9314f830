import { statSync } from 'node:fs';
import type { Position } from '@micro-socket/protocol';
import type { Durability } from '../../contract.ts';
import { checkStore, type StoreContents } from './check.ts';
import { isMarkedClosed } from './closed-mark.ts';
import { metaOfFile, problemWith } from './data-file.ts';
import { lookAt, type StoreLook } from './reading-store.ts';
import { epochOf, type StoreMeta, type TopicRow } from './records.ts';

/** What a folder holds. */
export interface StoreReport {
  /** The real path of the folder. */
  readonly directory: string;
  readonly format: number;
  /** The level at which it is open, or was open last. */
  readonly level: Durability;
  /** A part of every epoch, and how many there have been. */
  readonly generation: string;
  readonly generationNo: number;
  /** Made by `backup`, and not opened since: opening it will change all epochs. */
  readonly isBackup: boolean;
  readonly isInUse: boolean;
  /** Closed properly, and not touched since. If not, opening it checks everything. */
  readonly isClosed: boolean;
  readonly fileBytes: number;
  readonly topics: readonly TopicReport[];
  /** Ids of the dedup window, some of which may have expired. */
  readonly idCount: number;
  readonly recordCount: number;
  /** What is wrong with it, as sentences. Opening it puts that right, or says why it cannot. */
  readonly problems: readonly string[];
}

export interface TopicReport {
  readonly topic: string;
  readonly head: Position;
  /** No message of the history has a lower seqNo. */
  readonly oldestSeqNo: number;
  /** How many messages the history has. */
  readonly messages: number;
  /** What history and state are charged together. */
  readonly sizeBytes: number;
  readonly keys: number;
}

/**
 * Reads and checks everything in a folder. It changes nothing, also not for whoever has the folder open; the data file
 * may grow while it lasts. Rejects with `DirectoryUnusableError`, or with `StoreDamagedError` when the data file does not
 * even say what it is.
 */
export function inspect(directory: string): Promise<StoreReport> {
  return lookAt(directory, reportOf);
}

async function reportOf({ directory, dataFile, isInUse }: StoreLook): Promise<StoreReport> {
  const meta = metaOfFile(dataFile);
  const { contents, problems } = await contentsOf(dataFile);
  const { format, level, generation, generationNo, isBackup } = meta;
  return {
    directory,
    format,
    level,
    generation,
    generationNo,
    isBackup,
    isInUse,
    isClosed: isMarkedClosed(directory, dataFile),
    fileBytes: statSync(dataFile).size,
    topics: (contents?.rows ?? []).map((row) => topicReportOf(row, meta)),
    idCount: contents?.idCount ?? 0,
    recordCount: contents?.recordCount ?? 0,
    problems,
  };
}

/** What is wrong is a part of the report, and not a reason for there being none. */
async function contentsOf(dataFile: string): Promise<{ contents?: StoreContents; problems: readonly string[] }> {
  try {
    const contents = await checkStore(dataFile);
    return { contents, problems: contents.problems };
  } catch (error) {
    const problem = problemWith(dataFile, error);
    if (!(problem instanceof Error)) throw error;
    return { problems: [problem.message] };
  }
}

function topicReportOf(row: TopicRow, { generation }: StoreMeta): TopicReport {
  const { topic, headSeqNo: seqNo, headMessageId: messageId, oldestSeqNo, length, sizeBytes, keyCount } = row;
  const head = { epoch: epochOf(row, generation), seqNo, messageId };
  return { topic, head, oldestSeqNo, messages: length, sizeBytes, keys: keyCount };
}
