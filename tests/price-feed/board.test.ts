/** What the trading screen shows of the messages that it takes. */

import { describe, expect, it } from 'vitest';
import { Board, type CellView } from '../../.vitepress/theme/price-feed/board.ts';
import type { FeedName, Side } from '../../.vitepress/theme/price-feed/feeds.ts';
import { Flow } from '../../.vitepress/theme/price-feed/flow.ts';
import { sparkline } from '../../.vitepress/theme/price-feed/sparkline.ts';

function boardWith(...instruments: string[]): Board {
  const board = new Board();
  instruments.forEach((instrument, place) => {
    board.take('main', { seqNo: place + 1, data: { type: 'instrument', instrument, decimals: 2, tickSize: 1 } });
  });
  return board;
}

function tick(board: Board, feed: FeedName, seqNo: number, bid: number, more: object = {}): void {
  const data = { type: 'tick', instrument: 'BTCUSDT', bid, ask: bid + 10, sourceTime: seqNo, version: 3, ...more };
  board.take(feed, { seqNo, data });
}

function cell(board: Board, feed: FeedName, side: Side, instrument = 'BTCUSDT'): CellView | undefined {
  return board.rows().find((row) => row.instrument === instrument)?.cells[feed][side];
}

describe('the board', () => {
  it('shows exact decimals, and in which way a price has moved', () => {
    const board = boardWith('BTCUSDT');
    tick(board, 'main', 5, 6_700_005);
    expect(cell(board, 'main', 'bid')).toMatchObject({ text: '67000.05', moved: '' });
    tick(board, 'main', 6, 6_700_004);
    expect(cell(board, 'main', 'bid')).toMatchObject({ text: '67000.04', moved: 'down', turn: 1 });
    tick(board, 'main', 7, 6_700_003);
    expect(cell(board, 'main', 'bid')).toMatchObject({ moved: 'down', turn: 0 });
    board.rest();
    expect(cell(board, 'main', 'bid')).toMatchObject({ text: '67000.03', moved: '' });
  });

  it.each([
    ['the main feed comes first', ['main', 'gold']],
    ['the channel comes first', ['gold', 'main']],
  ] as const)('computes the difference of one seqNo, whether %s or not', (_, order) => {
    const board = boardWith('BTCUSDT');
    for (const feed of order) tick(board, feed, 5, feed === 'main' ? 10_000 : 9_950);
    expect(cell(board, 'gold', 'bid')).toMatchObject({ text: '99.50', difference: '−0.50', isCurrent: true });
    expect(cell(board, 'main', 'bid')).toMatchObject({ difference: '' });
  });

  it('never compares prices of two moments, and says that a difference is of an older one', () => {
    const board = boardWith('BTCUSDT');
    tick(board, 'main', 5, 10_000);
    tick(board, 'gold', 5, 9_950);
    tick(board, 'gold', 8, 8_000);
    expect(cell(board, 'gold', 'bid')).toMatchObject({ text: '80.00', difference: '−0.50', isCurrent: false });
    tick(board, 'main', 8, 8_100);
    expect(cell(board, 'gold', 'bid')).toMatchObject({ difference: '−1.00', isCurrent: true });
  });

  it('switches all instruments at the seqNo of the new margins', () => {
    const board = boardWith('BTCUSDT', 'ETHUSDT');
    tick(board, 'main', 5, 10_000);
    tick(board, 'main', 6, 3_000, { instrument: 'ETHUSDT' });
    tick(board, 'gold', 5, 9_950);
    tick(board, 'gold', 6, 2_990, { instrument: 'ETHUSDT' });
    const quotes = [
      { instrument: 'BTCUSDT', bid: 9_800, ask: 10_210, sourceTime: 5 },
      { instrument: 'ETHUSDT', bid: 2_900, ask: 3_110, sourceTime: 6 },
    ];
    expect(board.take('gold', { seqNo: 7, data: { type: 'margins', version: 7, quotes } })).toBe(2);
    expect(board.versionOf('gold')).toBe(7);
    expect(cell(board, 'gold', 'bid')).toMatchObject({ difference: '−2.00', isCurrent: true });
    expect(cell(board, 'gold', 'ask', 'ETHUSDT')).toMatchObject({ difference: '+1.00', isCurrent: true });
    // The main feed has the margins of a channel, and no price in them.
    expect(
      board.take('main', { seqNo: 7, data: { type: 'margins', channel: 'gold', margins: {}, quotes } }),
    ).toBeUndefined();
  });

  it('keeps a price when an older one comes, and draws only what has changed', () => {
    const board = boardWith('BTCUSDT', 'ETHUSDT');
    tick(board, 'main', 6, 10_000);
    const [before, other] = board.rows();
    tick(board, 'main', 5, 9_000);
    expect(board.rows()[0]).toBe(before);
    tick(board, 'main', 7, 9_000);
    expect(board.rows()[0]).not.toBe(before);
    expect(board.rows()[1]).toBe(other);
  });
});

describe('what has arrived of a feed', () => {
  it('is counted against what was published, from the last choice on', () => {
    const flow = new Flow();
    flow.stateAt({ epoch: 'e', seqNo: 10 });
    for (const seqNo of [11, 12, 16]) flow.message('e', seqNo);
    expect(flow.view).toEqual({ published: 6, arrived: 3, leftOut: 3 });
    flow.reset();
    flow.message('e', 17);
    expect(flow.view).toEqual({ published: 1, arrived: 1, leftOut: 0 });
    flow.message('f', 3);
    expect(flow.view).toEqual({ published: 1, arrived: 1, leftOut: 0 });
  });
});

describe('a sparkline', () => {
  it('ends at the right edge, and is flat where nothing moves', () => {
    expect(sparkline([5], 60)).toBe('');
    expect(sparkline([5, 5], 11)).toBe('90.0,12.0 100.0,12.0');
    expect(sparkline([1, 2], 2)).toBe('0.0,22.0 100.0,2.0');
  });
});
