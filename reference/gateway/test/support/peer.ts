/** A client that does exactly what a test says, by frames, and keeps what it gets. */

import {
  type ClientFrame,
  codecFor,
  type FrameBody,
  type GatewayFrame,
  type SubscriptionRequest,
} from '@micro-socket/protocol';
import type { ConnectionHandler, InprocEnd } from '@micro-socket/transport';
import type { RecordingConnection } from './recording-connection.ts';

/** What a subscription may ask for beside its topic. */
export type Wish = Omit<SubscriptionRequest, 'topic'>;

type WithoutId<Frame> = Frame extends { id: number } ? Omit<Frame, 'id'> : never;
/** A frame that is answered by its id, still without one. */
export type Request = WithoutId<ClientFrame>;

export type FrameNamed<Type> = Extract<GatewayFrame, { type: Type }>;

export class Peer implements ConnectionHandler {
  readonly frames: GatewayFrame[] = [];
  readonly closes: { code: number; reason: string }[] = [];
  /** The gateway's side of the connection, with a record of its writes. */
  readonly recording: RecordingConnection;
  readonly #end: InprocEnd;
  #nextId = 1;

  constructor(end: InprocEnd, recording: RecordingConnection) {
    this.#end = end;
    this.recording = recording;
    end.start(this);
  }

  onFrame(body: FrameBody): void {
    this.frames.push(codecFor(this.#end.encoding).decode(body, 'gateway'));
  }

  onWritable(): void {}

  onClose(code: number, reason: string): void {
    this.closes.push({ code, reason });
  }

  send(frame: ClientFrame): void {
    this.#end.send(codecFor(this.#end.encoding).encode(frame));
  }

  sendBody(body: FrameBody): void {
    this.#end.send(body);
  }

  subscribe(topic: string, wish: Wish = {}): number {
    return this.request({ type: 'subscribe', topic, ...wish });
  }

  /** Sends a request with a new id. */
  request(frame: Request): number {
    const id = this.#nextId++;
    this.send({ ...frame, id } as ClientFrame);
    return id;
  }

  unsubscribe(topic: string): number {
    const id = this.#nextId++;
    this.send({ type: 'unsubscribe', id, topic });
    return id;
  }

  publish(topic: string, messageId: string, payload: unknown = messageId): number {
    const id = this.#nextId++;
    this.send({ type: 'publish', id, topic, messageId, payload });
    return id;
  }

  /** Stops reading, so that the gateway's side fills up. */
  pause(): void {
    this.#end.pauseReading();
  }

  resume(): void {
    this.#end.resumeReading();
  }

  leave(code = 1000): void {
    this.#end.close(code, '');
  }

  /** All frames of a type that came. */
  all<Type extends GatewayFrame['type']>(type: Type): FrameNamed<Type>[] {
    return this.frames.filter((frame) => frame.type === type) as FrameNamed<Type>[];
  }

  /** The newest frame of a type. */
  last<Type extends GatewayFrame['type']>(type: Type): FrameNamed<Type> {
    const frame = this.all(type).at(-1);
    if (frame === undefined) throw new Error(`No ${type} came, but ${JSON.stringify(this.frames)}.`);
    return frame;
  }

  /** The answer to a request. */
  answer(id: number): GatewayFrame | undefined {
    return this.frames.find((frame) => 'id' in frame && frame.id === id);
  }

  /** The messageIds of all messages that came. */
  get messageIds(): string[] {
    return this.all('message').map(({ messageId }) => messageId);
  }

  get types(): string[] {
    return this.frames.map(({ type }) => type);
  }

  get closeCode(): number | undefined {
    return this.closes[0]?.code;
  }
}
