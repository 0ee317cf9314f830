/** Reads what is published out of a request (§11): the same fields as `publish` has, by the same rules (§4.4). */

import { codecFor, Publish, type PublishFrame } from '@micro-socket/protocol';
import type { Publication } from '../core/publishing.ts';
import { fieldsOf } from './json-body.ts';

/** What the path and the gateway give; everything else is for the body to say. */
const NOT_IN_THE_BODY: readonly string[] = ['type', 'id', 'topic'];

/** What the body may hold. */
export const PUBLICATION_FIELDS = Publish.fields.filter((name) => !NOT_IN_THE_BODY.includes(name));

/** What is to be published. Throws `ProtocolError` or `HttpError`: MALFORMED_FRAME, or INVALID_FIELD that names the field. */
export function publicationOf(topic: string, body: Uint8Array, newMessageId: () => string): Publication {
  const fields = fieldsOf(body, PUBLICATION_FIELDS);
  const frame = { type: 'publish', id: 0, topic, messageId: newMessageId(), ...fields };
  // The frame's own decoder has the last word. All that JSON could not say again has been refused.
  const {
    type: _type,
    id: _id,
    ...publication
  } = codecFor('json').decode(JSON.stringify(frame), 'client') as PublishFrame;
  return publication;
}
