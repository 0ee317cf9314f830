/**
 * One session in one topic: its way in, its changes, its way out.
 *
 * Theory of operation. What is asked of it is done one thing after the other, in the order of asking, each when the
 * backbone has answered the one before. So whoever updates right after entering need not wait for the answer, and what
 * was refused counts as not asked.
 *
 * What the presence topic says is the truth, and it may say other things than were done here:
 *
 * - The session was resumed at another gateway, which has let it enter. It is that gateway's now, and is forgotten here
 *   without a leave, which would take it out over there.
 * - Another gateway that had the session before lets it leave, too late, or the topic has lost its memory. Then the
 *   session is put back.
 * - The backbone failed without saying whether it stored an enter or a leave. Then a leave is stored by and by, even if
 *   there may be nothing to leave. Whoever asked has been told of the failure, and may enter (again).
 */

import { type JsonValue, type Position, ProtocolError } from '@micro-socket/protocol';
import type { PresenceTopic, Present, Stored } from './presence-topic.ts';
import type { Retries } from './retries.ts';

export interface PresenceMember {
  /** The principal's name. */
  readonly user: string;
  readonly sessionId: string;
}

/** A change of presence that is stored. */
export interface PresenceChange {
  readonly messageId: string;
  readonly status: 'ok' | 'duplicate';
  /** In the presence topic. */
  readonly position: Position;
}

export interface PresenceMembershipOptions {
  readonly member: PresenceMember;
  /** Of the member, in the presence topic. */
  readonly key: string;
  readonly topic: PresenceTopic;
  readonly retries: Retries;
  readonly onInternalError: (error: unknown) => void;
  /** Called once, when nothing of it is left, neither here nor, as far as this gateway knows, in the topic. */
  readonly onGone: (membership: PresenceMembership) => void;
}

export class PresenceMembership implements Present {
  readonly key: string;
  readonly topic: PresenceTopic;
  readonly #options: PresenceMembershipOptions;
  #queue: Promise<unknown> = Promise.resolve();
  /** How much is asked and not done. */
  #undone = 0;
  #isBusy = false;
  #isWanted = false;
  #isPresent = false;
  /** It is not present, but may be in the topic. */
  #isInDoubt = false;
  #data: JsonValue = null;
  /** The last that the topic says of it, as far as is known. */
  #stored: Stored | undefined;
  #isGone = false;

  constructor(options: PresenceMembershipOptions) {
    this.key = options.key;
    this.topic = options.topic;
    this.#options = options;
    this.topic.add(this);
  }

  /** Whether the session is to be present when everything that was asked is done. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** How much is asked and not done. */
  get undone(): number {
    return this.#undone;
  }

  enter(data: JsonValue): Promise<PresenceChange> {
    this.#isWanted = true;
    return this.#enqueue(() => this.#put(data));
  }

  update(data: JsonValue): Promise<PresenceChange> {
    return this.#enqueue(() => this.#put(data, 'update'));
  }

  leave(): Promise<PresenceChange> {
    this.#isWanted = false;
    return this.#enqueue(() => this.#leaveOnce());
  }

  /** Leaves, whatever the backbone says; nobody waits for it. */
  withdraw(): void {
    this.#isWanted = false;
    this.#inBackground(() => this.#leaveAtLast());
  }

  onStored(stored: Stored): void {
    this.#learn(stored);
    if (!this.#isBusy) this.#settle();
  }

  onMissing(position: Position): void {
    this.onStored({ position, isOurs: false, isPresent: false });
  }

  async #put(data: JsonValue, action?: 'update'): Promise<PresenceChange> {
    await this.topic.open();
    // Opening it may have shown that the session has moved on.
    this.#heed();
    if (action === 'update') this.#requirePresent();
    return this.#show(data, this.topic.newMessageId());
  }

  async #show(data: JsonValue, messageId: string): Promise<PresenceChange> {
    const { user, sessionId } = this.#options.member;
    let change: PresenceChange;
    try {
      change = await this.#publish({ user, sessionId, data }, messageId);
    } catch (error) {
      if (!this.#isPresent && isDoubtful(error)) this.#isInDoubt = true;
      throw error;
    }
    this.#data = data;
    this.#isPresent = true;
    this.#isInDoubt = false;
    return change;
  }

  async #leaveOnce(): Promise<PresenceChange> {
    this.#requirePresent();
    try {
      const change = await this.#publish(null, this.topic.newMessageId());
      this.#hasLeft();
      return change;
    } catch (error) {
      this.#isInDoubt = isDoubtful(error);
      this.#isPresent = !this.#isInDoubt;
      throw error;
    }
  }

  async #leaveAtLast(): Promise<void> {
    if (!this.#isPresent && !this.#isInDoubt) return;
    const messageId = this.topic.newMessageId();
    try {
      await this.#options.retries.run(async () => {
        // Asked before each attempt: who has moved on in the meantime must not be taken out. In doubt it is taken out all
        // the same, since nobody else knows that it might be there; a gateway that has it puts it back.
        if (this.#isInDoubt || !this.#hasMoved()) await this.#publish(null, messageId);
      });
    } finally {
      this.#hasLeft();
    }
  }

  /** Puts back what the topic has lost. When that fails for good, the session has left. */
  async #showAgain(): Promise<void> {
    const messageId = this.topic.newMessageId();
    try {
      await this.#options.retries.run(async () => {
        if (!this.#hasMoved()) await this.#show(this.#data, messageId);
      });
    } catch (error) {
      this.#isPresent = false;
      this.#isInDoubt = isDoubtful(error);
      throw error;
    }
  }

  async #publish(payload: JsonValue, messageId: string): Promise<PresenceChange> {
    const { status, position } = await this.topic.publish(this, payload, messageId);
    this.#learn({ position, isOurs: true, isPresent: payload !== null });
    return { messageId, status, position };
  }

  /** Who has changed whether it is counted announces the counts. */
  #learn(stored: Stored): void {
    const wasPresent = this.#stored?.isPresent === true;
    if (isAfter(stored.position, this.#stored?.position)) {
      this.#stored = stored;
      if (stored.isOurs && stored.isPresent !== wasPresent) this.topic.changed();
    } else if (!stored.isPresent && !stored.isOurs) {
      // It had been taken out when the later message was stored here, so that one has put it back.
      this.topic.changed();
    }
  }

  #hasLeft(): void {
    this.#isPresent = false;
    this.#isInDoubt = false;
    this.topic.changed();
  }

  #requirePresent(): void {
    if (!this.#isPresent) throw notPresent(this.topic.topic);
  }

  #hasMoved(): boolean {
    return this.#stored?.isPresent === true && !this.#stored.isOurs;
  }

  #enqueue<Result>(action: () => Promise<Result>): Promise<Result> {
    this.#undone += 1;
    const done = this.#queue
      .then(() => {
        this.#isBusy = true;
        return action();
      })
      .finally(() => {
        this.#isBusy = false;
        this.#undone -= 1;
        this.#settle();
      });
    this.#queue = done.catch(() => {});
    return done;
  }

  #inBackground(action: () => Promise<void>): void {
    this.#enqueue(action).catch((error) => {
      if (!this.#options.retries.isClosed) this.#options.onInternalError(error);
    });
  }

  /** A session that has moved on is not present here. */
  #heed(): void {
    if (this.#hasMoved()) this.#isPresent = false;
  }

  /** Nothing is being done. If nothing is left to do, what is left is either put right or gone. */
  #settle(): void {
    this.#heed();
    if (this.#undone > 0 || this.#isGone) return;
    this.#isWanted = this.#isPresent;
    if (this.#isInDoubt) {
      this.withdraw();
    } else if (!this.#isPresent) {
      this.#isGone = true;
      this.topic.remove(this);
      this.#options.onGone(this);
    } else if (this.#stored?.isPresent === false) {
      this.#inBackground(() => this.#showAgain());
    }
  }
}

/** Positions of two histories have no order, so the one that was learnt last counts. */
function isAfter(position: Position, other: Position | undefined): boolean {
  return other === undefined || position.epoch !== other.epoch || position.seqNo > other.seqNo;
}

/** A refusal has stored nothing; any other failure does not say. */
function isDoubtful(error: unknown): boolean {
  return !(error instanceof ProtocolError);
}

export function notPresent(topic: string): ProtocolError {
  return new ProtocolError('NOT_PRESENT', `This session has not entered ${topic}.`, { topic });
}
