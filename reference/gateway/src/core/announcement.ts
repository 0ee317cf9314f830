/** A frame that is the same for everybody, finished once for each kind of connections that it is written to. */

import type { HeadFrame, HealthFrame } from '@micro-socket/protocol';
import { type FrameKind, finished, type TopicName } from './frame-kind.ts';

export class Announcement<Said extends HeadFrame | HealthFrame = HeadFrame | HealthFrame> {
  readonly frame: Said;
  readonly #name: TopicName;
  readonly #made = new Map<FrameKind, Uint8Array>();

  constructor(frame: Said, name: TopicName) {
    this.frame = frame;
    this.#name = name;
  }

  bytesIn(kind: FrameKind): Uint8Array {
    const bytes = this.#made.get(kind) ?? finished(kind, { ...this.frame, ...this.#name });
    this.#made.set(kind, bytes);
    return bytes;
  }
}
