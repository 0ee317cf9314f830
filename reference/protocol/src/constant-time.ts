/** Looks at every byte wherever the first difference is, so that the time taken does not tell how much was right. */
export function equalInConstantTime(expected: Uint8Array, actual: Uint8Array): boolean {
  if (expected.length !== actual.length) return false;
  let difference = 0;
  for (const [index, byte] of expected.entries()) difference |= byte ^ (actual[index] as number);
  return difference === 0;
}
