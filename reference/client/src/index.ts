export { type BackOff, backOffMs } from './core/back-off.ts';
export { Client } from './core/client.ts';
export type { ClientOptions, ReconnectOptions } from './core/client-options.ts';
export type { ClientPorts, Closed } from './core/connector.ts';
export type { ClientStats } from './core/counters.ts';
export {
  ConnectionClosedError,
  ConnectTimeoutError,
  IntegrityError,
  LaggedError,
  PageTooLargeError,
  PublishQueueFullError,
  PublishTimeoutError,
  QueueFullError,
  ReconnectGivenUpError,
  RequestsFullError,
  SignatureError,
  SnapshotTooLargeError,
  SubscriptionLostError,
  TopicClosedError,
} from './core/errors.ts';
export type { Gap, Message, MessageVerifier, Signature, SignatureVerdict, SignedContent } from './core/message.ts';
export { newMessageId } from './core/message-id.ts';
export type { Page, ReadFrom, ReadOptions, StoredMessage } from './core/page.ts';
export type { Presence } from './core/presence.ts';
export type { PublishOptions } from './core/publish-frame.ts';
export type { PublishReceipt } from './core/publisher.ts';
export { CLIENT_TRANSITIONS, type ClientState, type ClientStatus } from './core/status.ts';
export { Subscription } from './core/subscription.ts';
export type { Health, SubscriptionOptions } from './core/subscription-options.ts';
export type { TokenSource } from './core/token.ts';
