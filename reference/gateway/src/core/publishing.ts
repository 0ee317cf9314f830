/** The one way into a topic's log: access, then the backbone (I1, I2). Frames and HTTP both come this way. */

import { type Backbone, entrySizeOf, type PublishResult } from '@micro-socket/backbone';
import { type JsonValue, ProtocolError, type PublishFrame } from '@micro-socket/protocol';
import { type AccessPolicy, type Principal, requireAccess } from './access.ts';
import type { Counters } from './stats.ts';

/** What is published, however it came. */
export type Publication = Omit<PublishFrame, 'type' | 'id'>;

export interface PublishingOptions {
  readonly backbone: Backbone;
  readonly policy: AccessPolicy;
  readonly counters: Counters;
  /** Whether messages carry the name of their publisher. */
  readonly namePublishers: boolean;
  readonly onInternalError: (error: unknown) => void;
}

export class Publishing {
  readonly #options: PublishingOptions;

  constructor(options: PublishingOptions) {
    this.#options = options;
  }

  /** Throws ACL_DENIED. Asked before anything else, so that a refused publish costs and changes nothing. */
  requireGrant(principal: Principal, topic: string): void {
    const { policy, onInternalError } = this.#options;
    requireAccess(policy, principal, 'publish', topic, onInternalError);
  }

  // #region publish
  /** Stores a message. The payload was checked when its frame was decoded. Rejects with what the backbone refuses. */
  async publish(principal: Principal, publication: Publication): Promise<PublishResult> {
    const { backbone, counters } = this.#options;
    this.requireGrant(principal, publication.topic);
    requireOwnName(principal, publication);
    const { payload: checked, ...rest } = publication;
    const payload = checked as JsonValue;
    const sizeBytes = entrySizeOf({ ...publication, payload });
    const named = principal.isEdge === true ? {} : { publisher: principal.name, ...this.#by(principal) };
    try {
      const result = await backbone.publish({ publisher: principal.name, ...rest, ...named, payload, sizeBytes });
      counters[result.status === 'ok' ? 'published' : 'duplicates'] += 1;
      return result;
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'MESSAGE_ID_CONFLICT') counters.conflicts += 1;
      throw error;
    }
  }
  // #endregion publish

  #by({ name }: Principal) {
    return this.#options.namePublishers ? { by: name } : {};
  }
}

/** Only another gateway may say for whom it publishes (§4.4). */
function requireOwnName({ name, isEdge }: Principal, { topic, publisher, by }: Publication): void {
  if (isEdge === true || (publisher === undefined && by === undefined)) return;
  throw new ProtocolError('ACL_DENIED', `${name} may not publish for others.`, { topic });
}
