import { describe, expect, it } from 'vitest';
import { formatBackboneAddress, parseBackboneAddress } from '../src/index.ts';

describe('the address of a backbone', () => {
  it.each([
    ['memory', { kind: 'memory' }],
    ['disk:./data', { kind: 'disk', directory: './data' }],
    ['disk:/var/lib/ms', { kind: 'disk', directory: '/var/lib/ms' }],
    ['tcp://127.0.0.1:7000', { kind: 'remote', address: { scheme: 'tcp', host: '127.0.0.1', port: 7000 } }],
    ['ipc:///run/ms', { kind: 'remote', address: { scheme: 'ipc', path: '/run/ms' } }],
    ['wss://example.com/ws', { kind: 'remote', address: { scheme: 'wss' } }],
    ['nats://127.0.0.1', { kind: 'nats', servers: ['127.0.0.1:4222'], stream: 'MS', replicas: 1 }],
    [
      'nats://a:1,b:2,c/PRICES?replicas=3',
      { kind: 'nats', servers: ['a:1', 'b:2', 'c:4222'], stream: 'PRICES', replicas: 3 },
    ],
    ['nats://[::1]:4222', { kind: 'nats', servers: ['[::1]:4222'] }],
  ])('%s is read', (text, address) => {
    expect(parseBackboneAddress(text)).toMatchObject(address);
    expect(parseBackboneAddress(formatBackboneAddress(parseBackboneAddress(text)))).toMatchObject(address);
  });

  it.each([
    ['', 'there is no such backbone'],
    ['redis', 'use memory, disk:DIR'],
    ['disk:', 'names no folder'],
    ['nats://', 'is no server'],
    ['nats://a:0', 'is no server'],
    ['nats://a:70000', 'is no server'],
    ['nats://a b', 'is no server'],
    ['nats://user:word@a', 'credentials'],
    ['nats://a/not a name', 'a stream is named'],
    ['nats://a/MS?replicas=2', 'replicas is one of 1, 3, 5'],
    ['nats://a/MS?copies=3', 'there is no option copies'],
    ['http://a', 'http'],
  ])('%j is refused, and the problem is named', (text, problem) => {
    expect(() => parseBackboneAddress(text)).toThrow(
      expect.objectContaining({ code: 'ADDRESS_INVALID', message: expect.stringContaining(problem) }),
    );
  });
});
