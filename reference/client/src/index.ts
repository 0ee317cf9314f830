export {
  Client,
  type ClientOptions,
  type ClientState,
  type Closed,
  type PublishOptions,
  type PublishReceipt,
} from './core/client.ts';
export { ConnectionClosedError, ConnectTimeoutError, LaggedError, QueueFullError } from './core/errors.ts';
export { newMessageId } from './core/message-id.ts';
export { type Gap, type Message, Subscription, type SubscriptionOptions } from './core/subscription.ts';
