/**
 * One connection of the playground: what it sends, what it gets, and how it ended.
 *
 * Knows the protocol only through the codec, so that a reader can also send what the protocol forbids and see the answer.
 */

import type { Codec, Encoding, Frame, FrameBody } from '@micro-socket/protocol';
import { type ShallowRef, shallowRef } from 'vue';
import { append, type BoundedList, emptyList } from '../bounded-list.ts';
import { FRAMES_MAX, type FrameEntry, gistOf, jsonOf, typeOf } from './frame-log.ts';

/** The part of the protocol package that is used here; loaded when the first connection is opened. */
export interface Protocol {
  codecFor(encoding: Encoding): Codec;
  subprotocolOf(encoding: Encoding): string;
}

export interface ConnectionPorts {
  loadProtocol(): Promise<Protocol>;
  open(address: string, subprotocol: string): WebSocket;
  now(): number;
}

export interface ConnectionState {
  readonly phase: 'idle' | 'connecting' | 'open' | 'closing';
  readonly address: string;
  /** How the last connection ended. */
  readonly closed: { readonly code: number; readonly reason: string } | undefined;
  /** True when the last attempt ended before the connection was open. */
  readonly failed: boolean;
  readonly frames: BoundedList<FrameEntry>;
  readonly lastPublish: object | undefined;
  readonly lastPingTime: number | undefined;
}

/** Why a text was not sent. */
export interface SendProblem {
  readonly why: 'notJson' | 'notObject' | 'notFrame';
  readonly reason: string;
}

export interface Connection {
  readonly state: ShallowRef<ConnectionState>;
  /** Whether pings are answered without the reader. */
  readonly autoPong: ShallowRef<boolean>;
  connect(address: string, encoding: Encoding, firstFrame?: string): Promise<void>;
  disconnect(): void;
  /** Sends a frame written as JSON; returns why not, or undefined. */
  send(text: string): SendProblem | undefined;
  clear(): void;
}

const idle: ConnectionState = {
  phase: 'idle',
  address: '',
  closed: undefined,
  failed: false,
  frames: emptyList(),
  lastPublish: undefined,
  lastPingTime: undefined,
};

export function createConnection(ports: ConnectionPorts): Connection {
  const state = shallowRef<ConnectionState>(idle);
  const autoPong = shallowRef(true);
  const aliases = new Map<number, string>();
  let socket: WebSocket | undefined;
  let codec: Codec | undefined;
  let count = 0;
  let attempts = 0;

  const phase = (): ConnectionState['phase'] => state.value.phase;

  function change(part: Partial<ConnectionState>): void {
    state.value = { ...state.value, ...part };
  }

  function log(direction: FrameEntry['direction'], frame: unknown, body: FrameBody, problem?: string): void {
    count += 1;
    const entry: FrameEntry = {
      number: count,
      atMs: ports.now(),
      direction,
      type: typeOf(frame),
      gist: gistOf(frame, aliases),
      ...jsonOf(frame),
      bytes: typeof body === 'string' ? new TextEncoder().encode(body).length : body.length,
      problem,
    };
    change({ frames: append(state.value.frames, entry, FRAMES_MAX) });
  }

  async function connect(address: string, encoding: Encoding, firstFrame?: string): Promise<void> {
    if (phase() !== 'idle') return;
    attempts += 1;
    const attempt = attempts;
    change({ phase: 'connecting', address, closed: undefined, failed: false });
    const { codecFor, subprotocolOf } = await ports.loadProtocol();
    // The reader may have given up meanwhile, and even tried again.
    if (phase() !== 'connecting' || attempt !== attempts) return;
    codec = codecFor(encoding);
    aliases.clear();
    let opened: WebSocket;
    try {
      opened = ports.open(address, subprotocolOf(encoding));
    } catch {
      change({ phase: 'idle', failed: true });
      return;
    }
    socket = opened;
    opened.binaryType = 'arraybuffer';
    opened.addEventListener('open', () => {
      change({ phase: 'open' });
      if (firstFrame !== undefined) send(firstFrame);
    });
    // A `close` follows and says what there is to say.
    opened.addEventListener('error', () => {});
    opened.addEventListener('message', ({ data }) => receive(typeof data === 'string' ? data : new Uint8Array(data)));
    opened.addEventListener('close', ({ code, reason }) => {
      const failed = phase() === 'connecting';
      socket = undefined;
      change({ phase: 'idle', failed, closed: failed ? undefined : { code, reason } });
    });
  }

  function receive(body: FrameBody): void {
    if (codec === undefined) return;
    let frame: ReturnType<Codec['decode']>;
    try {
      frame = codec.decode(body, 'gateway');
    } catch (error) {
      log('received', typeof body === 'string' ? body : { bytes: body }, body, messageOf(error));
      return;
    }
    if (frame.type === 'subscribed') aliases.set(frame.alias, frame.topic);
    log('received', frame, body);
    if (frame.type !== 'ping') return;
    change({ lastPingTime: frame.time });
    if (autoPong.value) send(JSON.stringify({ type: 'pong', time: frame.time }));
  }

  function send(text: string): SendProblem | undefined {
    if (socket === undefined || codec === undefined) return undefined;
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch (error) {
      return { why: 'notJson', reason: messageOf(error) };
    }
    if (!isFrameLike(frame)) return { why: 'notObject', reason: '' };
    let body: FrameBody;
    try {
      // JSON takes whatever the reader wrote. MessagePack has a place only for the fields of known frames.
      body = codec.encoding === 'json' ? JSON.stringify(frame) : codec.encode(frame as Frame);
    } catch (error) {
      return { why: 'notFrame', reason: messageOf(error) };
    }
    socket.send(body as string | Uint8Array<ArrayBuffer>);
    if (frame.type === 'publish') change({ lastPublish: frame });
    log('sent', frame, body);
    return undefined;
  }

  function disconnect(): void {
    if (phase() === 'idle') return;
    if (phase() === 'open') change({ phase: 'closing' });
    if (socket === undefined) change({ phase: 'idle' });
    else socket.close(1000);
  }

  return { state, autoPong, connect, disconnect, send, clear: () => change({ frames: emptyList() }) };
}

function isFrameLike(value: unknown): value is { readonly type: string } {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
