/** A gateway with a price feed on Node: the backbone, the gateway, the HTTP endpoints and the source, as one. */

import type { Backbone } from '@micro-socket/backbone';
import { type RunningGateway, type ServeOptions, serve } from '@micro-socket/gateway/node';
import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import { Channels } from '../core/channels.ts';
import type { GateOptions } from '../core/gate.ts';
import { PriceBackbone } from '../core/price-backbone.ts';
import { PriceFeed } from '../core/price-feed.ts';
import type { PriceSource } from '../core/source.ts';
import { PriceDesk } from '../http/price-desk.ts';
import { PriceFeedHttp } from '../http/price-feed-http.ts';

// #region options
export interface ServeFeedOptions extends Omit<ServeOptions, 'backbone' | 'http'> {
  /** What stores the main topic. It is closed with the server. */
  readonly backbone: Backbone;
  /** Absent where another process has the source, on the same backbone. */
  readonly source?: PriceSource | undefined;
  readonly mainTopic?: string | undefined;
  readonly gate?: GateOptions | undefined;
  readonly staleAfterMs?: number | undefined;
  /** Hears what the operator should know, in sentences. Default: written to the error output. */
  readonly onProblem?: ((text: string) => void) | undefined;
}
// #endregion options

/** A gateway with a price feed that is listening. */
export interface RunningFeed extends RunningGateway {
  readonly backbone: PriceBackbone;
  readonly channels: Channels;
  /** Absent where another process has the source. */
  readonly feed: PriceFeed | undefined;
}

/**
 * How many messages the ring of a channel keeps. A reader that is further behind is served from the history, which costs
 * one more derivation; a thousand rings of full length would hold a thousand derived copies of the history.
 */
export const CHANNEL_RING_LENGTH = 64;

/**
 * Starts a gateway with a price feed. Rejects as `serve` does, with what the backbone says, and with what keeps the source
 * from beginning.
 */
export async function serveFeed(options: ServeFeedOptions): Promise<RunningFeed> {
  const { source, mainTopic, gate, staleAfterMs, limits = DEFAULT_LIMITS, ...rest } = options;
  const { onProblem = (text: string) => console.error(text) } = options;
  const ports = { clock: systemClock, random: systemRandom };
  const backbone = new PriceBackbone({ ...ports, backbone: options.backbone, mainTopic, gate });
  const channels = new Channels({ ledger: backbone.ledger, writer: backbone.writer, clock: systemClock });
  const feed =
    source === undefined ? undefined : new PriceFeed({ ...ports, backbone, source, onProblem, staleAfterMs });
  const port = new PriceDesk({ backbone, channels, feed });
  const running = await serve({
    ...rest,
    limits,
    backbone,
    ringLengthOf: (topic) => (backbone.isChannel(topic) ? CHANNEL_RING_LENGTH : undefined),
    http: (gateway) => [new PriceFeedHttp({ port, gateway, bodyBytesMax: limits.frameBytesMax })],
  });
  const close = async (reason?: string) => {
    await feed?.stop();
    await running.close(reason);
  };
  try {
    await feed?.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { ...running, backbone, channels, feed, close };
}
