/**
 * Versions of channels as entity tags, and the conditions of requests on them (RFC 9110, sections 8.8.3 and 13.1).
 *
 * A tag is `"<epoch>.<version>"`. The epoch is in it because a version is a seqNo, and seqNos count anew in another history.
 */

import { HttpError } from '@micro-socket/gateway/http';
import type { ChannelVersion } from '../core/channels.ts';

/** One tag of a list, with the comma or the end behind it. */
const TAG = /[ \t]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)/y;

/** More tags than this are refused: nobody can have seen so many versions at once. */
const TAGS_MAX = 16;

interface Tag {
  readonly isWeak: boolean;
  readonly text: string;
}

export function tagOf(version: ChannelVersion): string {
  return `"${opaque(version)}"`;
}

/**
 * The versions of which `If-Match` allows any: `undefined` for `*`, which allows all. Throws `HttpError` INVALID_FIELD for
 * text that is no list of tags.
 */
export function versionsIn(ifMatch: string): readonly ChannelVersion[] | undefined {
  const tags = tagsIn(ifMatch, 'If-Match');
  // A weak tag promises less than a change needs; a tag that is none of ours names no version. Neither matches.
  return tags === '*' ? undefined : tags.flatMap(({ isWeak, text }) => (isWeak ? [] : (versionIn(text) ?? [])));
}

/** Whether `If-None-Match` names this version, so that it need not be sent again. Throws as `versionsIn` does. */
export function isNamedBy(ifNoneMatch: string | undefined, version: ChannelVersion): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = tagsIn(ifNoneMatch, 'If-None-Match');
  return tags === '*' || tags.some(({ text }) => text === opaque(version));
}

function opaque({ epoch, version }: ChannelVersion): string {
  return `${epoch}.${version}`;
}

function versionIn(text: string): ChannelVersion | undefined {
  const [, epoch, digits] = /^(.+)\.(0|[1-9]\d{0,15})$/.exec(text) ?? [];
  return epoch === undefined ? undefined : { epoch, version: Number(digits) };
}

function tagsIn(value: string, header: string): readonly Tag[] | '*' {
  if (value.trim() === '*') return '*';
  const tags: Tag[] = [];
  let at = 0;
  while (at < value.length) {
    TAG.lastIndex = at;
    const match = TAG.exec(value);
    if (match === null || tags.length === TAGS_MAX) break;
    tags.push({ isWeak: match[1] !== undefined, text: match[2] ?? '' });
    at = TAG.lastIndex;
  }
  if (at === value.length && tags.length > 0) return tags;
  const message = `${header} is * or a list of at most ${TAGS_MAX} entity tags such as "8s7e4wc3afrk.42", in their quotes.`;
  throw new HttpError('INVALID_FIELD', message, { field: header });
}
