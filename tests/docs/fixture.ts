/** Small sites in temporary folders, for the checks to find fault with. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { readSite, type Site } from '../../tools/docs/site.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Writes files, given by their path below the repository, and returns the folder. */
export function repositoryWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'micro-socket-docs-'));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

export function siteWith(files: Readonly<Record<string, string>>): Site {
  return readSite(repositoryWith(files));
}

/** The messages of problems, to be matched. */
export function messagesOf(problems: readonly { readonly file: string; readonly message: string }[]): string[] {
  return problems.map(({ file, message }) => `${file}: ${message}`);
}
