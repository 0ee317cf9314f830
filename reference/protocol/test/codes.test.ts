import { describe, expect, it } from 'vitest';
import {
  CLOSE_CODES,
  ERROR_CODES,
  ERRORS,
  LIMITS,
  type LimitName,
  ProtocolError,
  reconnectPolicyOf,
} from '../src/index.ts';

/** Who broke the rule, and whether a retry can help: published, so a change here is a change of the protocol. */
const published = {
  MALFORMED_FRAME: ['client', false],
  UNKNOWN_TYPE: ['client', false],
  INVALID_FIELD: ['client', false],
  FRAME_TOO_LARGE: ['client', false],
  SETUP_REQUIRED: ['client', false],
  ALREADY_SET_UP: ['client', false],
  VERSION_UNSUPPORTED: ['client', false],
  AUTH_REQUIRED: ['client', false],
  AUTH_FAILED: ['client', false],
  ACL_DENIED: ['client', false],
  NO_SUCH_TOPIC: ['client', false],
  ALREADY_SUBSCRIBED: ['client', false],
  NOT_SUBSCRIBED: ['client', false],
  TOPIC_LIMIT: ['client', false],
  MESSAGE_ID_CONFLICT: ['client', false],
  SEQ_CONFLICT: ['client', false],
  POSITION_GONE: ['client', false],
  HISTORY_GONE: ['client', false],
  TOO_MANY_REPLAYS: ['client', true],
  SESSION_INVALID: ['client', false],
  NOT_PRESENT: ['client', false],
  PRESENCE_LIMIT: ['client', false],
  RATE_LIMITED: ['client', true],
  TOO_MANY_UNACKNOWLEDGED: ['client', true],
  OVERLOADED: ['gateway', true],
  UNAVAILABLE: ['gateway', true],
  INTERNAL: ['gateway', true],
};

describe('error codes (§6)', () => {
  it('are exactly those that are published, each with who broke the rule and whether a retry can help', () => {
    const table = Object.fromEntries(ERROR_CODES.map((code) => [code, [ERRORS[code].fault, ERRORS[code].retry]]));
    expect(table).toEqual(published);
  });

  it.each(ERROR_CODES)('%s says in sentences what it means and what the client does', (code) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(ERRORS[code].meaning).toMatch(/\.$/);
    expect(ERRORS[code].client).toMatch(/\.$/);
  });

  it('an error that a bound causes names the bound, and the bound names it (§8)', () => {
    for (const code of ERROR_CODES) {
      for (const [bound] of ERRORS[code].meaning.matchAll(/\b[a-z]\w+(?:Max|Ms)\b/g)) {
        expect(LIMITS, `${code} names ${bound}`).toHaveProperty(bound);
        expect(LIMITS[bound as LimitName].atBound).toContain(code);
      }
    }
    for (const [name, { atBound }] of Object.entries(LIMITS)) {
      for (const [code] of atBound.matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)) {
        expect(ERROR_CODES, `${name} names ${code}`).toContain(code);
      }
    }
  });

  it('a ProtocolError carries its code, its details and its cause', () => {
    const cause = new Error('why');
    const error = new ProtocolError('OVERLOADED', 'Later.', { id: 4, topic: 'a', afterMs: 10, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: 'OVERLOADED', message: 'Later.', id: 4, topic: 'a', afterMs: 10, cause });
    expect(error.retry).toBe(true);
    expect(new ProtocolError('ACL_DENIED', 'No.').retry).toBe(false);
  });
});

describe('close codes (§7)', () => {
  it.each(Object.entries(LIMITS))('%s names none that does not exist', (_name, { atBound }) => {
    const codes = Object.values(CLOSE_CODES).map(({ code }) => String(code));
    for (const [code] of atBound.matchAll(/\b[14]\d{3}\b/g)) expect(codes).toContain(code);
  });

  it('are exactly those that are published', () => {
    expect(Object.fromEntries(Object.entries(CLOSE_CODES).map(([name, { code }]) => [name, code]))).toEqual({
      NORMAL: 1000,
      MESSAGE_TOO_BIG: 1009,
      PROTOCOL_ERROR: 4000,
      VERSION_UNSUPPORTED: 4001,
      SETUP_TIMEOUT: 4003,
      AUTH_FAILED: 4004,
      SESSION_TAKEN_OVER: 4005,
      TOKEN_EXPIRED: 4006,
      ACCESS_REVOKED: 4007,
      INTERNAL: 4100,
      OVERLOADED: 4101,
      SLOW_CONSUMER: 4102,
      NO_PONG: 4103,
      DRAINING: 4200,
    });
  });

  it.each([
    [1000, 'stop'],
    [1001, 'back-off'],
    [1002, 'stop'],
    [1003, 'back-off'],
    [1005, 'back-off'],
    [1006, 'back-off'],
    [1007, 'stop'],
    [1008, 'stop'],
    [1009, 'stop'],
    [1011, 'back-off'],
    [3999, 'back-off'],
    [4000, 'stop'],
    [4005, 'stop'],
    [4099, 'stop'],
    [4100, 'back-off'],
    [4199, 'back-off'],
    [4200, 'window'],
    [4299, 'window'],
    [4300, 'back-off'],
  ] as const)('%i means %s', (code, policy) => {
    expect(reconnectPolicyOf(code)).toBe(policy);
  });
});
