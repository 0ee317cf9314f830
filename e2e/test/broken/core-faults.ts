/** Gateways that break a rule of the conversation itself: setup, errors, encodings, access. */

import type { GatewayFrame, ReadyFrame } from '@micro-socket/protocol';
import { DENIED_TOPIC, MAIN_TOKEN } from '../support/verified-gateway.ts';
import type { Fault, LinkPort } from './fault.ts';

export const coreFaults: readonly Fault[] = [
  {
    name: 'leaves a field of ready out',
    caughtBy: 'setup-ready',
    seenAs: /frames of the protocol.*durability/,
    apply: () => () => ({
      fromGateway: (frame) =>
        frame.type === 'ready' ? [{ ...frame, durability: undefined } as unknown as ReadyFrame] : undefined,
    }),
  },
  {
    name: 'serves requests before setup',
    caughtBy: 'before-setup',
    seenAs: /SETUP_REQUIRED.*subscribed/,
    apply: () => () => {
      let ready: ReadyFrame | undefined;
      let port: LinkPort | undefined;
      return {
        start: (given) => {
          port = given;
          given.toGateway({ type: 'setup', protocol: 1, token: MAIN_TOKEN });
        },
        fromClient: (frame) => {
          if (frame.type !== 'setup' || ready === undefined) return undefined;
          port?.toClient(ready);
          return [];
        },
        fromGateway: (frame) => {
          if (frame.type !== 'ready') return undefined;
          ready = frame;
          return [];
        },
      };
    },
  },
  {
    name: 'accepts a second setup',
    caughtBy: 'second-setup',
    seenAs: /ALREADY_SET_UP.*"type":"ready"/,
    apply: () => () => {
      let ready: ReadyFrame | undefined;
      return {
        fromGateway: (frame) => {
          if (frame.type === 'ready') ready = frame;
          const isSecond = frame.type === 'error' && frame.code === 'ALREADY_SET_UP' && ready !== undefined;
          return isSecond ? [ready as ReadyFrame] : undefined;
        },
      };
    },
  },
  {
    name: 'stays open for another protocol version',
    caughtBy: 'other-version',
    seenAs: /4001.*still open/,
    apply: () => () => ({ keepsOpenAfter: 4001 }),
  },
  {
    name: 'lets an unknown token in',
    caughtBy: 'wrong-token',
    seenAs: /AUTH_FAILED.*"type":"ready"/,
    apply: () => () => ({
      fromClient: (frame) => {
        const isUnknown = frame.type === 'setup' && frame.token?.startsWith('no-such-token');
        return isUnknown ? [{ ...frame, token: MAIN_TOKEN }] : undefined;
      },
    }),
  },
  {
    name: 'forgets the topics of setup',
    caughtBy: 'setup-topics',
    seenAs: /subscribed or error.*nothing/,
    apply: () => () => ({
      fromClient: (frame) => (frame.type === 'setup' ? [{ ...frame, topics: [] }] : undefined),
    }),
  },
  {
    name: 'never closes who sends no setup',
    caughtBy: 'setup-deadline',
    seenAs: /4003.*still open/,
    limits: { setupDeadlineMs: 500 },
    apply: () => () => ({ keepsOpenAfter: 4003 }),
  },
  {
    name: 'refuses fields that it does not know',
    caughtBy: 'unknown-fields-are-ignored',
    seenAs: /ready.*INVALID_FIELD/,
    apply: () => () => {
      let port: LinkPort | undefined;
      return {
        start: (given) => {
          port = given;
        },
        fromClient: (_, body) => {
          if (typeof body !== 'string' || !body.includes('x-unknown')) return undefined;
          port?.toClient({ type: 'error', code: 'INVALID_FIELD', message: 'What is x-unknown?', retry: false });
          return [];
        },
      };
    },
  },
  {
    name: 'delivers null as an empty object',
    caughtBy: 'payload-untouched',
    seenAs: /data in .*: null.*\{\}/,
    apply: () => () => ({
      fromGateway: (frame) => (frame.type === 'message' && frame.data === null ? [{ ...frame, data: {} }] : undefined),
    }),
  },
  {
    name: 'drops key, ref, ttlMs and signature',
    caughtBy: 'message-form',
    seenAs: /a full message/,
    apply: () => () => ({
      fromGateway: (frame) => {
        if (frame.type !== 'message') return undefined;
        const { key: _key, ref: _ref, ttlMs: _ttlMs, signature: _signature, ...bare } = frame;
        return [bare];
      },
    }),
  },
  {
    name: 'says INTERNAL in place of ALREADY_SUBSCRIBED',
    caughtBy: 'already-subscribed',
    seenAs: /error ALREADY_SUBSCRIBED.*INTERNAL/,
    apply: () => () => ({
      fromGateway: (frame) => (isError(frame, 'ALREADY_SUBSCRIBED') ? [{ ...frame, code: 'INTERNAL' }] : undefined),
    }),
  },
  {
    name: 'says that a denied request may be tried again',
    caughtBy: 'error-says-whether-to-retry',
    seenAs: /retry: \[false,false\]/,
    apply: () => () => ({
      fromGateway: (frame) => (isError(frame, 'ACL_DENIED') ? [{ ...frame, retry: true }] : undefined),
    }),
  },
  {
    name: 'answers errors without their id',
    caughtBy: 'invalid-field',
    seenAs: /INVALID_FIELD with id.*nothing/,
    apply: () => () => ({
      fromGateway: (frame) => {
        if (!isError(frame, 'INVALID_FIELD')) return undefined;
        const { id: _id, ...nameless } = frame;
        return [nameless];
      },
    }),
  },
  {
    name: 'closes the connection after an error',
    caughtBy: 'errors-touch-nobody-else',
    seenAs: /closed with 4000 \(broken on purpose\)/,
    apply: () => () => {
      let port: LinkPort | undefined;
      return {
        start: (given) => {
          port = given;
        },
        fromGateway: (frame) => {
          if (isError(frame, 'ALREADY_SUBSCRIBED')) setImmediate(() => port?.closeClient(4000));
          return undefined;
        },
      };
    },
  },
  {
    name: 'answers every publish twice',
    caughtBy: 'publisher-is-told-once',
    seenAs: /the number of answers/,
    apply: () => () => ({ fromGateway: (frame) => (frame.type === 'ack' ? [frame, frame] : undefined) }),
  },
  {
    name: 'asks no policy for the topics of setup',
    caughtBy: 'setup-topics-denied',
    seenAs: /ACL_DENIED.*"type":"subscribed"/,
    apply: () => () => ({ fromGateway: admittedAnyway }),
  },
  {
    name: 'asks no policy for the topics of a resumed session',
    caughtBy: 'resume-denied-topic',
    seenAs: /ACL_DENIED.*"type":"subscribed"/,
    apply: () => () => ({ fromGateway: admittedAnyway }),
  },
  {
    name: 'gives all topics one alias',
    caughtBy: 'alias',
    seenAs: /five different aliases/,
    apply: () => () => ({ fromGateway: (frame) => ('alias' in frame ? [{ ...frame, alias: 1 }] : undefined) }),
  },
  {
    name: 'gives a topic another alias on each connection',
    caughtBy: 'alias',
    seenAs: /the alias on another connection/,
    apply: () => {
      let links = 0;
      return () => {
        links += 1;
        const offset = links * 100_000;
        return {
          fromGateway: (frame) =>
            'alias' in frame ? [{ ...frame, alias: (frame.alias as number) + offset } as GatewayFrame] : undefined,
        };
      };
    },
  },
  {
    name: 'writes something of the receiver into messages',
    caughtBy: 'shared-bytes',
    seenAs: /the bytes/,
    apply: () => {
      let links = 0;
      return () => {
        links += 1;
        const receiver = links % 100;
        return {
          fromGateway: (frame, body) => {
            if (frame.type !== 'message') return undefined;
            if (typeof body === 'string') return [body.replace(/^\{/, `{"receiver":${receiver},`)];
            // One more item at the end of the array, which receivers ignore.
            return [Uint8Array.of((body[0] ?? 0) + 1, ...body.subarray(1), receiver)];
          },
        };
      };
    },
  },
  {
    name: 'sends no ping',
    caughtBy: 'ping',
    seenAs: /2 of ping.*nothing/,
    limits: { heartbeatMs: 500 },
    apply: () => () => ({
      fromGateway: (frame) => (frame.type === 'ping' ? [] : undefined),
      keepsOpenAfter: 4103,
    }),
  },
  {
    name: 'keeps who does not answer ping',
    caughtBy: 'silent-client',
    seenAs: /4103.*still open/,
    limits: { heartbeatMs: 250, pongTimeoutMs: 250 },
    apply: () => () => ({ keepsOpenAfter: 4103 }),
  },
];

function isError(frame: GatewayFrame, code: string): frame is Extract<GatewayFrame, { type: 'error' }> {
  return frame.type === 'error' && frame.code === code;
}

/** A subscription that was denied in setup or resume, as if it had been granted. */
function admittedAnyway(frame: GatewayFrame): readonly GatewayFrame[] | undefined {
  if (!isError(frame, 'ACL_DENIED') || frame.id !== undefined || frame.topic !== DENIED_TOPIC) return undefined;
  const position = { epoch: 'e', seqNo: 0, headSeqNo: 0 };
  return [{ type: 'subscribed', topic: DENIED_TOPIC, alias: 999_999, recovered: 'none', ...position }];
}
