/** Every delivered price, computed a second time from the texts of a recorded file and of the margins. */

import assert from 'node:assert/strict';
import type { Message } from '@micro-socket/client';
import type { E2eTest } from '../suite.ts';
import { assertDerived, ChannelModel, dataOf } from './channel-model.ts';
import { exact, inUnits } from './exact.ts';
import type { MarginsText } from './expected-price.ts';
import { Line } from './reader.ts';
import { type RecordedTick, recordedQuotes, recordedTrades } from './recordings.ts';
import { OPERATOR, Stage } from './stage.ts';

const LINES = 3_000;
/** As many lines define all of them. */
const INSTRUMENTS = 6;
const SEED = 20_261_121;

/** By channel. The second one takes away what it can: its bid may come above its ask. */
const MARGINS: Readonly<Record<string, MarginsText>> = {
  gold: {
    '*': { bid: { basisPoints: '0.37' }, ask: { basisPoints: '12.5' }, last: { basisPoints: '-3.21' } },
    BTCUSDT: {
      bid: { basisPoints: '2.55', amount: '0.07' },
      ask: { basisPoints: '3.14', amount: '0.19' },
      last: { basisPoints: '0.01', amount: '-0.03' },
    },
  },
  partner: {
    BTCUSDT: { bid: { amount: '-1.25' }, ask: { basisPoints: '-0.13' }, last: { basisPoints: '99.99' } },
    BNBUSDT: { bid: { basisPoints: '-1', amount: '0.03' }, ask: { basisPoints: '-1', amount: '0.03' } },
    XRPUSDT: { bid: { basisPoints: '-77.77' }, ask: { amount: '0.0005' }, last: { amount: '0.0001' } },
    EURUSD: {
      bid: { basisPoints: '10000', amount: '3' },
      ask: { basisPoints: '-10000' },
      last: { basisPoints: '-10000' },
    },
  },
};

export const recomputedTests: readonly E2eTest[] = [
  {
    id: 'every-price-recomputed',
    title: 'gives every tick of recorded files once, in order, and to each channel its prices to the last digit',
    proves: ['I3', 'I4', '§5.5'],
    async run(world) {
      const stage = await Stage.build(world);
      // It tells the instruments, so that there can be margins and subscribers when the recordings begin.
      await stage.playOnce(recordedQuotes(SEED, INSTRUMENTS));
      const gateway = await stage.feed('none');
      const models: ChannelModel[] = [];
      for (const [channel, margins] of Object.entries(MARGINS)) {
        const { version } = await gateway.desk(OPERATOR).create(channel, margins);
        models.push(new ChannelModel({ channel, version, margins: new Map([[version, margins]]) }));
      }
      const line = await Line.open(world, gateway.address);
      const { messages: definitions } = await line.client.read('prices', 'snapshot');
      for (const model of models) model.know(definitions);
      const main = await line.read('prices');
      const channels = await Promise.all(Object.keys(MARGINS).map((channel) => line.read(`prices.${channel}`)));

      const recordings = [recordedQuotes(SEED + 1, LINES, INSTRUMENTS), recordedTrades(SEED, LINES)];
      for (const recording of recordings) await stage.playOnce(recording);
      const ticks = recordings.flatMap((recording) => recording.ticks);
      await Promise.all(
        [main, ...channels].map((reader) => reader.until(() => reader.messages.length >= ticks.length)),
      );
      assertRecorded(main.messages, ticks);
      channels.forEach((reader, index) => {
        assertDerived(models[index] as ChannelModel, main.messages, reader.messages, (tick) => ticks[tick]);
      });
    },
  },
];

/** The main feed has exactly the lines of the file. */
function assertRecorded(messages: readonly Message[], ticks: readonly RecordedTick[]): void {
  assert.equal(messages.length, ticks.length);
  messages.forEach((message, index) => {
    const { instrument, sourceTime, sourceSeq, ...texts } = ticks[index] as RecordedTick;
    const units = Object.entries(texts).map(([side, text]) => [side, inUnits(exact(text), DECIMALS[instrument] ?? 0)]);
    const seq = sourceSeq === undefined ? {} : { sourceSeq };
    const expected = { type: 'tick', instrument, ...Object.fromEntries(units), sourceTime, ...seq };
    assert.deepEqual(dataOf(message), expected, `line ${index + 1} of the recording`);
    assert.equal(message.gap, undefined);
  });
}

/** As the exchange lists them. */
const DECIMALS: Readonly<Record<string, number>> = {
  BTCUSDT: 2,
  BNBUSDT: 2,
  XRPUSDT: 4,
  EURUSD: 5,
  USDJPY: 3,
  EURTRY: 4,
};
