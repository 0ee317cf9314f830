/** Prepares a picture that Mermaid has drawn for being put into a page. */

/**
 * - It gets its size in pixels, so that the page knows its room before it is laid out.
 * - It is one image for a screen reader, named by its title and its description in the language of the page; Mermaid's
 *   own role description is in English.
 */
export function tidySvg(svg: string): string {
  const open = /^<svg[^>]*>/.exec(svg)?.[0];
  if (open === undefined) throw new TypeError('Mermaid did not return an <svg> element');
  const box = /viewBox="([-\d.]+) ([-\d.]+) ([\d.]+) ([\d.]+)"/.exec(open);
  const [width, height] = [Math.ceil(Number(box?.[3])), Math.ceil(Number(box?.[4]))];
  if (!(width > 0 && height > 0)) throw new TypeError('The picture that Mermaid returned has no size');
  const tidied = open
    .replace(/\s(width|height|style|role|aria-roledescription)="[^"]*"/g, '')
    .replace(/>$/, ` width="${width}" height="${height}" role="img">`);
  return `${tidied}${svg.slice(open.length)}\n`;
}
