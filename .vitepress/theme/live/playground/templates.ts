/** Frames to begin with. Readers change them as they like; nothing is checked before it is sent. */

import type { LiveText } from '../../../locales/live.en.ts';

export type TemplateName = keyof LiveText['playground']['templates'];

/** What a template takes over from the form and from the connection. */
export interface TemplateContext {
  readonly token: string;
  /** The next free number for a request. */
  readonly id: number;
  readonly messageId: string;
  /** The last publish that was sent, so that it can be repeated. */
  readonly lastPublish: object | undefined;
  readonly lastPingTime: number | undefined;
}

/** Readable and writable in the example without a token; the other one is granted to nobody. */
const TOPIC = 'demo.chat';
const FORBIDDEN_TOPIC = 'internal.ledger';

type Template = (context: TemplateContext) => object;

const publish: Template = ({ id, messageId }) => ({
  type: 'publish',
  id,
  topic: TOPIC,
  messageId,
  payload: { text: 'Hello' },
});

const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  setup: ({ token }) => ({
    type: 'setup',
    protocol: 1,
    ...(token === '' ? {} : { token }),
    client: { name: 'playground', version: '1' },
  }),
  subscribe: ({ id }) => ({ type: 'subscribe', id, topic: TOPIC }),
  publish,
  duplicate: (context) => ({ ...(context.lastPublish ?? publish(context)), id: context.id }),
  unsubscribe: ({ id }) => ({ type: 'unsubscribe', id, topic: TOPIC }),
  pong: ({ lastPingTime }) => ({ type: 'pong', time: lastPingTime ?? 0 }),
  denied: ({ id }) => ({ type: 'subscribe', id, topic: FORBIDDEN_TOPIC }),
  unknown: ({ id }) => ({ type: 'teleport', id }),
};

export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as readonly TemplateName[];

export function templateText(name: TemplateName, context: TemplateContext): string {
  return JSON.stringify(TEMPLATES[name](context), null, 2);
}
