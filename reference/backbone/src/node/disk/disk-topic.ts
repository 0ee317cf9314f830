/**
 * A topic of the disk backbone, as far as it is in memory: its row, and who listens.
 *
 * It has its row twice while a commit is under way: as it is stored, which is what everyone is told, and as it will be
 * stored if the commit succeeds, which is what the next publish is decided by.
 */

import type { Expiring } from '../../memory/expiry-heap.ts';
import type { Place } from '../../memory/line.ts';
import type { Listeners } from '../../parts/listeners.ts';
import type { TopicRow } from './records.ts';

export class DiskTopic {
  readonly name: string;
  readonly listeners: Listeners;
  /** What is stored; of a topic that has nothing stored, where it begins. Nobody changes it. */
  committed: TopicRow;
  /** What the commit under way makes of it; `undefined`: the topic is forgotten. Outside of a commit it is `committed`. */
  working: TopicRow | undefined;
  /** Its place among the topics that nobody listens to. Belongs to the table. */
  idlePlace: Place<DiskTopic> | undefined;
  /** Greater than that of every topic that took its place before. Belongs to the table. */
  idleNo = 0;
  /** When its oldest message grows too old. Belongs to the table. */
  ageing: AgeingTopic | undefined;

  constructor(row: TopicRow, listeners: Listeners) {
    this.name = row.topic;
    this.listeners = listeners;
    this.committed = row;
    this.working = row;
  }

  get hasListeners(): boolean {
    return this.listeners.size > 0;
  }
}

export interface AgeingTopic extends Expiring {
  readonly topic: DiskTopic;
}
