/** What the load generator sends to the programs that speak the frames of the protocol: `setup` and `publish`. */

export interface ClientFrame {
  readonly type: string;
  readonly id: number;
  readonly topic: string;
  readonly topics?: readonly string[];
  readonly messageId: string;
  readonly payload: unknown;
}
