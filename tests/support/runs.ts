/** How often a property is tried: `count` times in `npm test`, a hundred times as often in `npm run test:deep`. */
export function runs(count: number): number {
  return process.env['TEST_DEEP'] === '1' ? count * 100 : count;
}
