/**
 * One diagram of a page: what it is called, and the files that hold its picture.
 *
 * No browser and no Mermaid here: the site's build and the checks import this file.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsFingerprint, THEMES, type Theme } from './settings.ts';

export interface Diagram {
  readonly source: string;
  /** The short name of the picture: changes whenever the source or the way of drawing changes. */
  readonly hash: string;
  /** `accTitle` of the source; empty when it is missing, which the checks refuse. */
  readonly title: string;
  /** `accDescr` of the source, written on one line or between braces. */
  readonly description: string;
}

export function diagramOf(source: string): Diagram {
  const text = source.replace(/\r\n/g, '\n').trim();
  return { source: text, hash: hashOf(text), title: titleOf(text), description: descriptionOf(text) };
}

/** Where the picture of a diagram is kept. */
export function pictureFile(folder: string, hash: string, theme: Theme): string {
  return join(folder, `${hash}.${theme}.svg`);
}

/** The committed pictures of a diagram, or undefined when they are not all there. */
export function readPictures(folder: string, hash: string): Readonly<Record<Theme, string>> | undefined {
  const files = THEMES.map((theme) => pictureFile(folder, hash, theme));
  if (!files.every((file) => existsSync(file))) return undefined;
  const [light = '', dark = ''] = files.map((file) => readFileSync(file, 'utf8'));
  return { light, dark };
}

/** Width and height of a picture in CSS pixels, from its view box. */
export function sizeOf(svg: string): { readonly width: number; readonly height: number } {
  const box = /viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"/.exec(svg);
  return { width: Math.ceil(Number(box?.[1] ?? 0)), height: Math.ceil(Number(box?.[2] ?? 0)) };
}

function hashOf(text: string): string {
  // Sixteen hexadecimal digits are enough to tell apart a few hundred pictures, and keep file names readable.
  return createHash('sha256').update(`${settingsFingerprint()}\n${text}`).digest('hex').slice(0, 16);
}

function titleOf(text: string): string {
  return /^\s*accTitle\s*:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? '';
}

function descriptionOf(text: string): string {
  const oneLine = /^\s*accDescr\s*:\s*(.+)$/m.exec(text)?.[1];
  const block = /^\s*accDescr\s*\{([^}]*)\}/m.exec(text)?.[1];
  return (oneLine ?? block ?? '').replace(/\s+/g, ' ').trim();
}
