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
    ['tcp://127.0.0.1:7001', { scheme: 'tcp', host: '127.0.0.1', port: 7001 }],
    ['tcp://127.0.0.1', { scheme: 'tcp', host: '127.0.0.1', port: 7000 }],
    ['tcp://127.0.0.1/', { scheme: 'tcp', host: '127.0.0.1', port: 7000 }],
    ['tcp://localhost:0', { scheme: 'tcp', host: 'localhost', port: 0 }],
    ['tcp://localhost:80', { scheme: 'tcp', host: 'localhost', port: 80 }],
    ['tls://EXAMPLE.com:443', { scheme: 'tls', host: 'example.com', port: 443 }],
    ['TLS://example.com', { scheme: 'tls', host: 'example.com', port: 7000 }],
    ['tcp://[::1]:81', { scheme: 'tcp', host: '::1', port: 81 }],
    ['ipc:///run/ms.sock', { scheme: 'ipc', path: '/run/ms.sock' }],
    ['ipc:/run/ms.sock', { scheme: 'ipc', path: '/run/ms.sock' }],
    ['ipc:relative.sock', { scheme: 'ipc', path: 'relative.sock' }],
    ['ipc:./a b/ş.sock', { scheme: 'ipc', path: './a b/ş.sock' }],
    ['IPC:Name@100%.sock', { scheme: 'ipc', path: 'Name@100%.sock' }],
    [`ipc:///${'x'.repeat(106)}`, { scheme: 'ipc', path: `/${'x'.repeat(106)}` }],
    ['inproc://engine', { scheme: 'inproc', name: 'engine' }],
    ['inproc://Engine-2.main:a_~', { scheme: 'inproc', name: 'Engine-2.main:a_~' }],
    [`inproc://${'x'.repeat(128)}`, { scheme: 'inproc', name: 'x'.repeat(128) }],
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
    ['ws:///path', 'ws://host:port'],
    ['http://127.0.0.1:8080', 'http://'],
    ['tcp://', 'tcp://host:port'],
    ['tcp://:7000', 'tcp://host:port'],
    ['tcp:7000', 'tcp://host:port'],
    ['tls://127.0.0.1:65536', 'tls://host:port'],
    ['tcp://a b:1', 'tcp://host:port'],
    ['tcp://127.0.0.1:7000/ws', 'without a path'],
    ['tcp://127.0.0.1:7000?token=secret', 'setup frame'],
    ['tls://user:secret@127.0.0.1', 'setup frame'],
    ['ipc:', 'ipc:///absolute/path.sock or ipc:relative/path.sock'],
    ['ipc://', 'ipc:///absolute/path.sock'],
    ['ipc://relative.sock', 'ipc:///absolute/path.sock'],
    ['ipc:a\0b', 'ipc:///absolute/path.sock'],
    ['ipc:///run/ms.sock?token=secret', 'setup frame'],
    ['ipc:///run/ms.sock#secret', 'setup frame'],
    [`ipc:///${'x'.repeat(107)}`, 'has 108 bytes'],
    [`ipc:${'ş'.repeat(54)}`, 'has 108 bytes'],
    ['inproc://', 'inproc://name'],
    ['inproc:engine', 'inproc://name'],
    ['inproc://a/b', 'inproc://name'],
    ['inproc://a b', 'inproc://name'],
    [`inproc://${'x'.repeat(129)}`, 'inproc://name'],
    ['inproc://user@engine', 'setup frame'],
    ['inproc://engine?token=secret', 'setup frame'],
    ['ws://127.0.0.1:8080/ws?token=secret', 'setup frame'],
    ['ws://127.0.0.1:8080/ws#secret', 'setup frame'],
    ['ws://user:secret@127.0.0.1:8080', 'setup frame'],
    ['ws://user@127.0.0.1:8080', 'setup frame'],
  ])('%j is refused with what to do', (text, help) => {
    const refusal = thrownBy(() => parseAddress(text));
    expect(refusal).toBeInstanceOf(AddressError);
    expect(refusal).toMatchObject({ code: 'ADDRESS_INVALID', message: expect.stringContaining(help) });
  });

  it.each([
    'ws://127.0.0.1:8080/ws',
    'ws://[::1]:8080/ws',
    'wss://example.com:443/a/b',
    'ws://h:0/ws',
    'tcp://127.0.0.1:7000',
    'tls://[::1]:80',
    'ipc:///run/ms.sock',
    'ipc:relative.sock',
    'ipc:./ms.sock',
    'inproc://engine',
  ])('%s is written as it was read', (text) => {
    expect(formatAddress(parseAddress(text))).toBe(text);
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
