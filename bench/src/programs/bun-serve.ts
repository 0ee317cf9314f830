/** As much of Bun as the programs here use; its own types would change those of Node for the whole repository. */

export interface BunWebSocket {
  send(text: string): number;
  subscribe(topic: string): void;
}

export interface BunServer {
  readonly port: number;
  upgrade(request: Request): boolean;
  /** Sends to all that have subscribed. */
  publish(topic: string, text: string, compress?: boolean): number;
}

interface BunServeOptions {
  readonly hostname: string;
  readonly port: number;
  fetch(request: Request, server: BunServer): Response | undefined;
  readonly websocket: {
    readonly perMessageDeflate: boolean;
    /** 0 keeps connections that say nothing. */
    readonly idleTimeout: number;
    message(client: BunWebSocket, message: string | Buffer): void;
  };
}

declare global {
  /** Only there where Bun runs this. */
  var Bun: { serve(options: BunServeOptions): BunServer; gc(isForced: boolean): void };
}
