/** Bundles the client for a page as an application would, to see what it weighs and what is in it. */

import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ENTRY = fileURLToPath(new URL('../reference/client/src/browser/index.ts', import.meta.url));

export interface ClientBundle {
  readonly code: string;
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
  /** Minified bytes by the package that they come from, most first. */
  readonly bytesByPackage: ReadonlyMap<string, number>;
  /** Every file that is part of it, as a path. */
  readonly inputs: readonly string[];
}

/** What a script gets that does not load modules. */
export const CLIENT_GLOBAL = 'microSocketClient';

/**
 * Bundles it as a module, or as a script that sets the global `CLIENT_GLOBAL`. Rejects when something in it cannot be
 * bundled for a page, such as a module of Node.
 */
export async function bundleClient(format: 'esm' | 'iife' = 'esm'): Promise<ClientBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    format,
    ...(format === 'iife' ? { globalName: CLIENT_GLOBAL } : {}),
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  const [file] = outputFiles;
  if (output === undefined || file === undefined) throw new Error('The bundle is empty.');
  const bytesByPackage = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const name = packageOf(path);
    bytesByPackage.set(name, (bytesByPackage.get(name) ?? 0) + bytesInOutput);
  }
  return {
    code: file.text,
    minifiedBytes: file.contents.length,
    gzipBytes: gzipSync(file.contents).length,
    bytesByPackage: new Map([...bytesByPackage].sort(([, a], [, b]) => b - a)),
    inputs: Object.keys(output.inputs),
  };
}

function packageOf(path: string): string {
  const match = /node_modules\/((?:@[^/]+\/)?[^/]+)|reference\/([^/]+)/.exec(path);
  return match?.[1] ?? (match?.[2] === undefined ? path : `@micro-socket/${match[2]}`);
}
