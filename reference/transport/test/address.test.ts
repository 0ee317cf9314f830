import { describe, expect, it } from 'vitest';
import { AddressError, formatAddress, parseAddress } from '../src/index.ts';

describe('addresses', () => {
  it.each([
    ['ws://127.0.0.1:8080', { scheme: 'ws', host: '127.0.0.1', port: 8080, path: '/ws' }],
    ['ws://127.0.0.1:8080/', { scheme: 'ws', host: '127.0.0.1', port: 8080, path: '/ws' }],
    ['ws://127.0.0.1:8080/ws', { scheme: 'ws', host: '127.0.0.1', port: 8080, path: '/ws' }],
    ['ws://localhost:0', { scheme: 'ws', host: 'localhost', port: 0, path: '/ws' }],
    ['ws://example.com', { scheme: 'ws', host: 'example.com', port: 80, path: '/ws' }],
    ['wss://example.com', { scheme: 'wss', host: 'example.com', port: 443, path: '/ws' }],
    ['wss://example.com:8443/feed/ws', { scheme: 'wss', host: 'example.com', port: 8443, path: '/feed/ws' }],
    ['WS://EXAMPLE.com:81', { scheme: 'ws', host: 'example.com', port: 81, path: '/ws' }],
    ['ws://[::1]:8080/ws', { scheme: 'ws', host: '::1', port: 8080, path: '/ws' }],
    ['wss://[2001:db8::2]', { scheme: 'wss', host: '2001:db8::2', port: 443, path: '/ws' }],
  ])('%s is read', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    ['', 'ws://host:port'],
    ['localhost:8080', 'ws://host:port'],
    ['127.0.0.1:8080', 'ws://host:port'],
    ['ws://', 'ws://host:port'],
    ['ws://127.0.0.1:65536', 'ws://host:port'],
    ['ws://127.0.0.1:x', 'ws://host:port'],
    ['ws://::1:80', 'ws://host:port'],
    ['http://127.0.0.1:8080', 'http://'],
    ['tcp://127.0.0.1:7000', 'tcp://'],
    ['ws://127.0.0.1:8080/ws?token=secret', 'setup frame'],
    ['ws://127.0.0.1:8080/ws#secret', 'setup frame'],
    ['ws://user:secret@127.0.0.1:8080', 'setup frame'],
    ['ws://user@127.0.0.1:8080', 'setup frame'],
  ])('%j is refused with what to do', (text, help) => {
    const refusal = thrownBy(() => parseAddress(text));
    expect(refusal).toBeInstanceOf(AddressError);
    expect(refusal).toMatchObject({ code: 'ADDRESS_INVALID', message: expect.stringContaining(help) });
  });

  it.each(['ws://127.0.0.1:8080/ws', 'ws://[::1]:8080/ws', 'wss://example.com:443/a/b', 'ws://h:0/ws'])(
    '%s is written as it was read',
    (text) => {
      expect(formatAddress(parseAddress(text))).toBe(text);
    },
  );
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
