import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, type Rollup } from 'vite';
import { expect, it } from 'vitest';
import { livePlugin } from '../../.vitepress/live/plugin.ts';
import { liveEn } from '../../.vitepress/locales/live.en.ts';
import { liveEs } from '../../.vitepress/locales/live.es.ts';
import { liveTr } from '../../.vitepress/locales/live.tr.ts';

const STORES = resolve('.vitepress/theme/live');

it('a build contains neither the addresses of the live part, nor its token header, nor a token', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'micro-socket-build-'));
  const entry = join(folder, 'entry.ts');
  await writeFile(
    entry,
    `export * from '${STORES}/run-store.ts'; export * from '${STORES}/example-store.ts';
     export * from '${STORES}/catalog-store.ts'; export { live, token, reason } from 'virtual:micro-socket-live';`,
  );
  try {
    const output = (await build({
      configFile: false,
      root: folder,
      logLevel: 'silent',
      plugins: [livePlugin()],
      build: { write: false, minify: false, lib: { entry, formats: ['es'] }, rollupOptions: { external: ['vue'] } },
    })) as Rollup.RollupOutput[];
    const code = output
      .flatMap((one) => one.output)
      .map((chunk) => ('code' in chunk ? chunk.code : ''))
      .join('\n');
    expect(code).toContain('const live = false');
    expect(code).toContain('const token = ""');
    expect(code).not.toMatch(/__live|x-micro-socket-token|fetch\(/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('texts have the same places to fill in every language', () => {
  const places = (value: unknown, path = ''): string[] =>
    typeof value === 'string'
      ? [
          `${path}: ${[...value.matchAll(/\{\w+\}/g)]
            .map(([place]) => place)
            .sort()
            .join(' ')}`,
        ]
      : Object.entries(value as object).flatMap(([key, inner]) => places(inner, `${path}.${key}`));
  expect(places(liveTr)).toEqual(places(liveEn));
  expect(places(liveEs)).toEqual(places(liveEn));
});
