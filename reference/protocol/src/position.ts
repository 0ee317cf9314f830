/** Where a message stands in its topic. §2.2 of the protocol. */
export interface Position {
  /** Names one unbroken history of the topic: seqNos of different epochs cannot be compared. */
  readonly epoch: string;
  /** Rises with every message of the topic inside an epoch; 0 stands before the first. It need not be contiguous. */
  readonly seqNo: number;
  /** The message at `seqNo`; absent at seqNo 0. */
  readonly messageId?: string | undefined;
}
