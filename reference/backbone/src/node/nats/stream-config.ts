/**
 * How the two streams must be made, and whether they are.
 *
 * A server takes a configuration that it does not understand and leaves out what it does not know. So what counts is
 * what it answers with, and every field that a promise rests on is compared.
 */

import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import type { Subjects } from './subjects.ts';

export type StreamWish = Partial<StreamConfig> & Pick<StreamConfig, 'name'>;

/** One field of a stream that is not as it must be. */
export interface StreamDifference {
  readonly field: string;
  readonly is: unknown;
  readonly mustBe: unknown;
}

export interface StreamOptions {
  readonly subjects: Subjects;
  readonly replicas: number;
  readonly historyLengthMax: number;
  readonly dedupWindowMs: number;
}

const NANOS_PER_MS = 1_000_000;

/** Nothing but the number of messages of one subject ever ends a message. */
const unlimited = { max_msgs: -1, max_bytes: -1, max_age: 0, max_msg_size: -1 };

/** The log: what was published, each topic on its own subject. */
export function logWish({ subjects, replicas, historyLengthMax, dedupWindowMs }: StreamOptions): StreamWish {
  return {
    ...unlimited,
    name: subjects.stream,
    subjects: [subjects.all],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    // The server gives up the oldest message of the subject that is written to, and no other.
    max_msgs_per_subject: historyLengthMax,
    discard: DiscardPolicy.Old,
    duplicate_window: dedupWindowMs * NANOS_PER_MS,
    republish: { src: subjects.all, dest: subjects.allCopies },
    allow_direct: true,
    // Holes that somebody makes by hand could be told by nobody.
    deny_delete: true,
    deny_purge: true,
  };
}

/** The state: the newest message of each key, each on its own subject. */
export function stateWish({ subjects, replicas }: StreamOptions): StreamWish {
  return {
    ...unlimited,
    name: subjects.stateStream,
    subjects: [subjects.allState],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.Old,
    allow_direct: true,
    // What has ended is cleared away, message by message.
    deny_delete: false,
    deny_purge: true,
  };
}

/** What of the wish was not granted. Fields that were not asked for may be anything. */
export function differences(wish: StreamWish, config: StreamConfig): StreamDifference[] {
  const found: Readonly<Record<string, unknown>> = { ...config };
  return Object.entries(wish).flatMap(([field, mustBe]) => {
    const is = found[field];
    return isSame(mustBe, is) ? [] : [{ field, is, mustBe }];
  });
}

function isSame(wanted: unknown, found: unknown): boolean {
  if (Array.isArray(wanted)) return JSON.stringify(wanted) === JSON.stringify(found);
  if (typeof wanted !== 'object' || wanted === null) return wanted === found;
  const fields: Readonly<Record<string, unknown>> = { ...(found as object | undefined) };
  return Object.entries(wanted).every(([name, value]) => fields[name] === value) && fields['headers_only'] !== true;
}
