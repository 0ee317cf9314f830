import { describe, expect, it } from 'vitest';
import { isLoopbackAddress, isLoopbackOrigin } from '../src/node/origins.ts';

describe('pages served from this machine', () => {
  it.each([
    ['http://localhost', true],
    ['http://localhost:5173', true],
    ['https://localhost', true],
    ['http://127.0.0.1:8080', true],
    ['http://[::1]:5173', true],
    ['null', false],
    ['', false],
    ['file://', false],
    ['https://example.com', false],
    ['http://localhost.example.com', false],
    ['http://127.0.0.1.example.com', false],
    ['http://notlocalhost', false],
    ['http://example.com#localhost', false],
    ['http://localhost@example.com', false],
    ['http://0.0.0.0', false],
    ['http://10.0.0.1', false],
  ])('%j: %s', (origin, loopback) => {
    expect(isLoopbackOrigin(origin)).toBe(loopback);
  });
});

describe('programs of this machine', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::ffff:10.0.0.1', false],
    ['10.0.0.1', false],
    ['128.0.0.1', false],
    ['::', false],
    ['::2', false],
    ['127.0.0.1.example.com', false],
    ['', false],
    [undefined, false],
  ])('%j: %s', (address, loopback) => {
    expect(isLoopbackAddress(address)).toBe(loopback);
  });
});
