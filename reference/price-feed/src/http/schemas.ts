/** What the endpoints of the price feed take and answer, as schemas of the OpenAPI document. */

import { objectOf, refTo, type Schema } from '@micro-socket/gateway/http';
import { CHANNELS_MAX } from '../core/channels.ts';
import { REFUSALS } from '../core/gate.ts';
import { DECIMALS_MAX, INSTRUMENTS_MAX } from '../core/instrument.ts';
import { BASIS_POINTS_MAX, SIDES } from '../core/margin.ts';

export const channelIdSchema: Schema = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9_-]{0,63}$',
  description: 'What the channel is called: 1 to 64 characters of a-z 0-9 _ -, the first one a letter or a digit.',
};

const time: Schema = { type: 'number', description: 'Milliseconds since 1970.' };

const count = (description: string): Schema => ({ type: 'integer', minimum: 0, description });

const decimal = (description: string): Schema => ({
  type: 'string',
  pattern: '^-?\\d+(\\.\\d+)?$',
  maxLength: 40,
  description,
});

const position: Readonly<Record<string, Schema>> = {
  epoch: { type: 'string', description: 'Names the history of the topic that the seqNo counts in.' },
  seqNo: {
    type: 'integer',
    description: 'The newest message that the prices are made of.',
  },
  messageId: {
    type: 'string',
    description: 'The id of that message; with epoch and seqNo it is a position that a subscription can begin from.',
  },
};

const marginsExample = {
  '*': { bid: { basisPoints: '1' }, ask: { basisPoints: '1' } },
  BTCUSDT: { bid: { basisPoints: '2.5', amount: '0.50' }, ask: { basisPoints: '2.5', amount: '0.50' } },
};

const channelExample = {
  id: 'gold',
  topic: 'prices.gold',
  epoch: '8s7e4wc3afrk',
  version: 42,
  createdAt: 1795238027110,
  changedAt: 1795238027110,
  margins: marginsExample,
};

const sides = (schema: Schema): Schema => ({
  ...objectOf(Object.fromEntries(SIDES.map((side) => [side, schema])), []),
  additionalProperties: false,
});

const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null', description: 'Removes it.' }] });

const deletionReason: Schema = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  description: 'Why, for the subscribers of the channel.',
};

export const PRICE_FEED_SCHEMAS: Readonly<Record<string, Schema>> = {
  Prices: {
    ...objectOf(
      {
        topic: { type: 'string', description: 'Where these prices are published.' },
        ...position,
        version: { type: 'integer', description: 'Of a channel: the version of the margins in these prices.' },
        prices: {
          type: 'array',
          items: refTo('Price'),
          description: `At most ${INSTRUMENTS_MAX}, one of each instrument.`,
        },
      },
      ['topic', 'epoch', 'seqNo', 'prices'],
    ),
    description: 'The newest price of every instrument that has one.',
    examples: [
      {
        topic: 'prices.gold',
        epoch: '8s7e4wc3afrk',
        seqNo: 1907,
        version: 42,
        prices: [{ instrument: 'BTCUSDT', decimals: 2, bid: '67106.17', ask: '67140.74', sourceTime: 1795238027110 }],
      },
    ],
  },
  Price: {
    ...objectOf(
      {
        instrument: { type: 'string' },
        decimals: {
          type: 'integer',
          minimum: 0,
          maximum: DECIMALS_MAX,
          description: 'How many digits stand behind the point.',
        },
        bid: decimal('What buyers offer; there exactly where ask is.'),
        ask: decimal('What sellers ask.'),
        last: decimal('The price of the newest trade.'),
        sourceTime: { ...time, description: 'When the source says that it was so, in milliseconds since 1970.' },
      },
      ['instrument', 'decimals', 'sourceTime'],
    ),
    description: 'Prices are decimal text with all their decimals, so that no reader rounds them.',
  },
  ChannelPage: {
    ...objectOf(
      {
        channels: { type: 'array', items: refTo('Channel'), description: 'In the order of their ids.' },
        next: { ...channelIdSchema, description: 'There are more: ask for them with after. Absent on the last page.' },
      },
      ['channels'],
    ),
    description: `A part of the channels. A feed has at most ${CHANNELS_MAX}.`,
    examples: [{ channels: [channelExample], next: 'gold' }],
  },
  Channel: {
    ...objectOf({
      id: channelIdSchema,
      topic: { type: 'string', description: 'Where its prices are published.' },
      epoch: { type: 'string', description: 'Names the history of the main topic that the version counts in.' },
      version: { type: 'integer', description: 'The seqNo at which these margins came into force.' },
      createdAt: time,
      changedAt: { ...time, description: 'When these margins came into force, in milliseconds since 1970.' },
      margins: refTo('Margins'),
    }),
    examples: [channelExample],
  },
  NewChannel: {
    ...objectOf({ id: channelIdSchema, margins: refTo('Margins') }),
    additionalProperties: false,
    examples: [{ id: 'gold', margins: marginsExample }],
  },
  ChannelPatch: {
    ...objectOf({ margins: refTo('MarginsPatch') }),
    additionalProperties: false,
    description:
      'A JSON merge patch (RFC 7396): an instrument, a side or a part that is given takes the place of what was there, null removes it, and all else stays.',
    examples: [{ margins: { BTCUSDT: { bid: { amount: '0.75' } }, ETHUSDT: null } }],
  },
  ChannelDeletion: {
    ...objectOf({ why: deletionReason }, []),
    additionalProperties: false,
    examples: [{ why: 'The customer has left.' }],
  },
  Margins: {
    type: 'object',
    additionalProperties: refTo('InstrumentMargins'),
    description:
      'What is added, by the id of the instrument; * is for those that are not named. A margin for * has basisPoints only, because an amount is in the price units of one instrument.',
    examples: [marginsExample],
  },
  InstrumentMargins: { ...sides(refTo('Margin')), description: 'By side. To a side that is absent nothing is added.' },
  Margin: {
    ...objectOf(
      {
        basisPoints: decimal(
          `Hundredths of a percent of the price, at most 2 decimals, from -${BASIS_POINTS_MAX} to ${BASIS_POINTS_MAX}. Default 0.`,
        ),
        amount: decimal('In the price units of the instrument, with at most its decimals. Default 0.'),
      },
      [],
    ),
    additionalProperties: false,
    description: 'A positive margin lowers bid and raises ask and last. It is decimal text; numbers are refused.',
    examples: [{ basisPoints: '2.5', amount: '0.50' }],
  },
  MarginsPatch: { type: 'object', additionalProperties: orNull(refTo('InstrumentMarginsPatch')) },
  InstrumentMarginsPatch: sides(orNull(refTo('MarginPatch'))),
  MarginPatch: {
    ...objectOf({ basisPoints: orNull(decimal('As in Margin.')), amount: orNull(decimal('As in Margin.')) }, []),
    additionalProperties: false,
  },
  PriceFeedStats: {
    ...objectOf(
      {
        instruments: count('Instruments of the feed.'),
        channels: count('Channels of the feed.'),
        source: refTo('PriceSourceStats'),
      },
      ['instruments', 'channels'],
    ),
    description: 'What the price feed of this gateway has done. The source is there where one runs beside it.',
  },
  PriceSourceStats: objectOf({
    source: { type: 'string', description: 'What it is called.' },
    state: {
      type: 'string',
      enum: ['ok', 'stale', 'lost', 'ended'],
      description: 'stale: it says nothing. lost: it cannot be reached. ended: it has told everything.',
    },
    accepted: count('Ticks that passed the gate.'),
    refused: {
      ...objectOf(Object.fromEntries(REFUSALS.map((reason) => [reason, count('')]))),
      description: 'Ticks that did not, by reason.',
    },
    stored: count('Ticks that are stored.'),
    conflated: count('Ticks that a newer one of their instrument replaced before they could be stored.'),
    unstorable: count('Ticks that the backbone has refused for good.'),
  }),
};
