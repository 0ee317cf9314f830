import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { dial } from '../src/browser/index.ts';

const entry = fileURLToPath(new URL('../src/browser/index.ts', import.meta.url));

describe('the transport for browsers', () => {
  it('pulls in no module of Node and no WebSocket package', async () => {
    // A module of Node has no place in a bundle for browsers, and would make this fail by itself.
    const { metafile } = await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const inputs = Object.keys(metafile.inputs);
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
    expect(inputs.filter((path) => path.endsWith('transport/src/websocket/dial.ts'))).toHaveLength(1);
    for (const path of [...inputs, ...imports]) expect(path).not.toMatch(/^node:|node_modules\/ws\/|src\/node\//);
    expect(imports.filter((path) => path === 'ws')).toEqual([]);
  });

  it('a bundle that did would be refused', async () => {
    const inNode = fileURLToPath(new URL('../src/node/index.ts', import.meta.url));
    const bundled = build({
      entryPoints: [inNode],
      bundle: true,
      platform: 'browser',
      write: false,
      logLevel: 'silent',
    });
    await expect(bundled).rejects.toThrow('node:');
  });

  it.each(['tcp://127.0.0.1:7000', 'tls://127.0.0.1', 'ipc:///run/ms.sock', 'inproc://engine'])(
    'refuses %s, which a page cannot dial',
    async (address) => {
      await expect(dial(address, 'json')).rejects.toMatchObject({
        code: 'ADDRESS_INVALID',
        message: expect.stringContaining('ws:// and wss:// only'),
      });
    },
  );
});
