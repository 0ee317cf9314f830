/** The line of a few prices in a small box. */

export const SPARK_WIDTH = 100;
export const SPARK_HEIGHT = 24;

/** Room above and below, so that the line is not cut. */
const EDGE = 2;

/** The points of the line, the newest price at the right edge. `countMax` prices are as wide as the box. */
export function sparkline(prices: readonly number[], countMax: number): string {
  if (prices.length < 2) return '';
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const step = SPARK_WIDTH / (countMax - 1);
  const left = SPARK_WIDTH - (prices.length - 1) * step;
  return prices
    .map((price, place) => {
      const share = high === low ? 0.5 : (price - low) / (high - low);
      const y = SPARK_HEIGHT - EDGE - share * (SPARK_HEIGHT - 2 * EDGE);
      return `${(left + place * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
