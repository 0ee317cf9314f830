/** Nchan: a subscriber's WebSocket gets the messages as they are, and a publisher's answers each with what became of it. */

import { BARE } from './bytes.ts';
import { type Dialect, type Inbox, type Session, type SessionOptions, unexpected } from './dialect.ts';

export const PUBLISHER_PATH = '/pub';
export const SUBSCRIBER_PATH = '/sub';

/** How the answer to a message begins: how many are kept now. */
const ANSWER = 'queued messages:';

export const NCHAN: Dialect = {
  acknowledges: true,
  envelope: BARE,
  urlOf: (address, { topic }) => `${address}${topic === undefined ? PUBLISHER_PATH : SUBSCRIBER_PATH}`,
  session: (options) => new NchanSession(options),
  publish: (_topic, messages) => messages.map(({ payload }) => payload),
};

class NchanSession implements Session {
  readonly #isSubscriber: boolean;

  constructor({ topic }: SessionOptions) {
    this.#isSubscriber = topic !== undefined;
  }

  /** The handshake is answered when the subscription stands, and nothing is said about it. */
  begin(inbox: Inbox): void {
    inbox.ready(0);
  }

  read(message: Buffer, inbox: Inbox): void {
    if (this.#isSubscriber) inbox.delivery(message);
    else if (message.toString('latin1', 0, ANSWER.length) === ANSWER) inbox.acknowledged();
    else throw unexpected(message);
  }
}
