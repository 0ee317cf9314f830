import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { bundleClient, CLIENT_GLOBAL } from '../../../tools/client-bundle.ts';

/** Generous: it is there to notice what does not belong into a page, not to count every byte. */
const GZIP_BYTES_MAX = 80_000;

describe('the client in a page', async () => {
  const { code, gzipBytes, inputs } = await bundleClient();

  it('has nothing of Node in it', () => {
    expect(inputs.filter((path) => /node_modules\/ws\/|src\/node\/|^node:/.test(path))).toEqual([]);
    expect(code).not.toMatch(/from\s*["']node:|require\(["']|\bBuffer\.|\bprocess\.(env|nextTick)/);
  });

  it('has no signatures in it, which only those pay for who verify them', () => {
    expect(inputs.filter((path) => path.includes('@noble'))).toEqual([]);
  });

  it('is of a size for a page', () => {
    expect(gzipBytes).toBeLessThan(GZIP_BYTES_MAX);
  });

  it('is a module that offers connect', () => {
    expect(code).toMatch(/export\s*\{[^}]*\bas connect\b/);
  });

  it('runs in a page whose policy does not let code be made from text', async () => {
    const script = await bundleClient('iife');
    const globals = { TextEncoder, TextDecoder, URL, crypto, performance, setTimeout, clearTimeout };
    const page = createContext(globals, { codeGeneration: { strings: false, wasm: false } });
    expect(() => runInContext('new Function("return 1")', page)).toThrow('Code generation from strings disallowed');
    runInContext(script.code, page);
    const connecting = runInContext(`${CLIENT_GLOBAL}.connect('tcp://127.0.0.1:1')`, page);
    await expect(connecting).rejects.toMatchObject({ code: 'ADDRESS_INVALID' });
  });
});
