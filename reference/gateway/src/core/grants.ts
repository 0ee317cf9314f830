/** What one principal may do: a list of allowed actions on topic patterns. Nothing in it forbids; absence does. */

import { type Static, Type } from 'typebox';
import { ACTIONS, type Action } from './access.ts';
import { isTopicPattern, tokensCover } from './topic-pattern.ts';

/** Most grants of one principal; a longer list is refused. Each request asks them one by one. */
export const GRANTS_MAX = 1_000;

const GrantSchema = Type.Object(
  {
    pattern: Type.String({ minLength: 1, maxLength: 255 }),
    actions: Type.Array(Type.Enum(ACTIONS), {
      minItems: 1,
      maxItems: ACTIONS.length,
    }),
  },
  { additionalProperties: false },
);

/** The written form of grants, the same in a policy file and in a token. */
export const GrantsSchema = Type.Array(GrantSchema, { maxItems: GRANTS_MAX });
export type GrantDocument = Static<typeof GrantSchema>;

/** What is wrong with grants that the schema lets pass, named by its place in the list; `undefined` when nothing is. */
export function grantsProblem(documents: readonly GrantDocument[]): string | undefined {
  const index = documents.findIndex(({ pattern }) => !isTopicPattern(pattern));
  if (index === -1) return undefined;
  return `${index}.pattern ${JSON.stringify(documents[index]?.pattern)} is not a topic pattern such as prices.*`;
}

export class Grants {
  readonly #patterns: ReadonlyMap<Action, readonly (readonly string[])[]>;

  /** Takes grants that were checked. */
  constructor(documents: readonly GrantDocument[]) {
    const patternsOf = (action: Action) =>
      documents.filter(({ actions }) => actions.includes(action)).map(({ pattern }) => pattern.split('.'));
    this.#patterns = new Map(ACTIONS.map((action) => [action, patternsOf(action)]));
  }

  allow(action: Action, topic: string): boolean {
    const tokens = topic.split('.');
    return this.#patterns.get(action)?.some((pattern) => tokensCover(pattern, tokens)) === true;
  }
}
