/** Everything that can be asked of a price feed over HTTP, in one table. */

import { type Answer, type Endpoint, JSON_TYPE, type Parameter, problems } from '@micro-socket/gateway/http';
import { MERGE_PATCH_TYPE } from './merge-patch.ts';
import { channelIdSchema } from './schemas.ts';

export type PriceFeedEndpointId =
  | 'getPrices'
  | 'listChannels'
  | 'createChannel'
  | 'getChannel'
  | 'getChannelPrices'
  | 'changeChannel'
  | 'deleteChannel';

/** How many channels one page may have, and has where the request does not say. */
export const PAGE_MAX = 1_000;
export const PAGE_DEFAULT = 100;

/** As what a change of margins may be declared. */
export const PATCH_TYPES = [MERGE_PATCH_TYPE, JSON_TYPE];

const READING = problems(['AUTH_FAILED', 'ACL_DENIED', 'UNAVAILABLE']);
const OF_ONE = problems(['INVALID_FIELD', 'NO_SUCH_TOPIC']);
const WRITING = problems(['FRAME_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'OVERLOADED']);

const ETAG = { ETag: 'The version of the channel, for If-Match and If-None-Match.' };

const idParameter: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'The id of the channel.',
  schema: channelIdSchema,
};

const ifMatch = (required: boolean, description: string): Parameter => ({
  name: 'If-Match',
  in: 'header',
  required,
  description,
  schema: { type: 'string', examples: ['"8s7e4wc3afrk.42"'] },
});

const answer = (words: string, schema: string): Answer => ({ status: 200, words, type: JSON_TYPE, schema });

export const PRICE_FEED_ENDPOINTS: readonly Endpoint<PriceFeedEndpointId>[] = [
  {
    id: 'getPrices',
    method: 'GET',
    path: '/prices',
    summary: 'Tells the newest prices of the main feed.',
    description: 'For whoever may subscribe to the main topic. To be told of new prices, subscribe to the topic.',
    takesToken: true,
    answers: [answer('The newest prices.', 'Prices'), ...READING],
  },
  {
    id: 'listChannels',
    method: 'GET',
    path: '/channels',
    summary: 'Lists the channels.',
    description: 'With their margins, so it is for whoever may subscribe to the main topic. In the order of their ids.',
    takesToken: true,
    parameters: [
      {
        name: 'after',
        in: 'query',
        required: false,
        description: 'The channels behind this id only: the next of the page before.',
        schema: channelIdSchema,
      },
      {
        name: 'limit',
        in: 'query',
        required: false,
        description: `How many channels a page has at most: 1 to ${PAGE_MAX}, by default ${PAGE_DEFAULT}.`,
        schema: { type: 'integer', minimum: 1, maximum: PAGE_MAX },
      },
    ],
    answers: [answer('A page of channels.', 'ChannelPage'), ...problems(['INVALID_FIELD']), ...READING],
  },
  {
    id: 'createChannel',
    method: 'POST',
    path: '/channels',
    summary: 'Creates a channel.',
    description: 'For whoever may publish to the main topic. Its topic has prices from this moment on.',
    takesToken: true,
    body: { schema: 'NewChannel' },
    answers: [
      {
        status: 201,
        words: 'The channel.',
        type: JSON_TYPE,
        schema: 'Channel',
        headers: { ...ETAG, Location: 'The path of the channel.' },
      },
      ...problems(['MALFORMED_FRAME', 'INVALID_FIELD', 'CONFLICT']),
      ...READING,
      ...WRITING,
    ],
  },
  {
    id: 'getChannel',
    method: 'GET',
    path: '/channels/{id}',
    summary: 'Tells a channel and its margins.',
    description: 'For whoever may subscribe to the main topic.',
    takesToken: true,
    parameters: [
      idParameter,
      {
        name: 'If-None-Match',
        in: 'header',
        required: false,
        description: 'ETags; if the channel is at one of them, the answer is 304.',
        schema: { type: 'string' },
      },
    ],
    answers: [
      { ...answer('The channel.', 'Channel'), headers: ETAG },
      { status: 304, words: 'It is as If-None-Match says.', headers: ETAG },
      ...OF_ONE,
      ...READING,
    ],
  },
  {
    id: 'getChannelPrices',
    method: 'GET',
    path: '/channels/{id}/prices',
    summary: 'Tells the newest prices of a channel.',
    description: 'For whoever may subscribe to the topic of the channel.',
    takesToken: true,
    parameters: [idParameter],
    answers: [answer('The newest prices, by the margins in force.', 'Prices'), ...OF_ONE, ...READING],
  },
  {
    id: 'changeChannel',
    method: 'PATCH',
    path: '/channels/{id}',
    summary: 'Changes the margins of a channel.',
    description:
      'For whoever may publish to the main topic. All instruments are quoted by the new margins in one message, so nobody sees a mixture.',
    takesToken: true,
    parameters: [
      idParameter,
      ifMatch(true, 'The ETag of the version that is to be changed, so that nobody else’s change is lost; * for any.'),
    ],
    body: { schema: 'ChannelPatch', types: PATCH_TYPES },
    answers: [
      { ...answer('The channel at its new version.', 'Channel'), headers: ETAG },
      ...problems(['MALFORMED_FRAME']),
      ...OF_ONE,
      ...READING,
      ...problems(['PRECONDITION_FAILED', 'PRECONDITION_REQUIRED']),
      ...WRITING,
    ],
  },
  {
    id: 'deleteChannel',
    method: 'DELETE',
    path: '/channels/{id}',
    summary: 'Deletes a channel.',
    description: 'For whoever may publish to the main topic. Its subscribers are told why.',
    takesToken: true,
    parameters: [idParameter, ifMatch(false, 'The ETag of the version that is to be deleted. Default: any.')],
    body: { schema: 'ChannelDeletion', isOptional: true },
    answers: [
      { status: 204, words: 'The channel is no more.' },
      ...problems(['MALFORMED_FRAME']),
      ...OF_ONE,
      ...READING,
      ...problems(['PRECONDITION_FAILED']),
      ...WRITING,
    ],
  },
];
