/** A publisher that no principal can be: the names of principals have no spaces. */
export function notAName(name: string): string {
  return ` ${name}`;
}
