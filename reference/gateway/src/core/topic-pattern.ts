/**
 * Patterns that cover topics. `*` stands for exactly one token, `>` at the end for one or more, as in NATS: `prices.*`
 * covers `prices.eurusd`, `prices.>` covers `prices.fx.eurusd` too.
 */

import { isTopic } from '@micro-socket/protocol';

/** Whether a text is a topic, or would be one with a token in the place of each wildcard. */
export function isTopicPattern(text: string): boolean {
  return isTopic(text.replace(/(^|\.)>$/, '$1x').replaceAll(/(?<=^|\.)\*(?=\.|$)/g, 'x'));
}

/** Whether a pattern covers a topic. */
export function patternCovers(pattern: string, topic: string): boolean {
  return tokensCover(pattern.split('.'), topic.split('.'));
}

/** The same for a pattern and a topic that were split at their dots already. */
export function tokensCover(pattern: readonly string[], topic: readonly string[]): boolean {
  for (let index = 0; index < pattern.length; index++) {
    if (pattern[index] === '>') return index === pattern.length - 1 && topic.length > index;
    if (topic[index] === undefined) return false;
    if (pattern[index] !== '*' && pattern[index] !== topic[index]) return false;
  }
  return topic.length === pattern.length;
}
