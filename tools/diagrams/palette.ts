/**
 * The colours that the diagrams share with the site.
 *
 * A diagram is an image that was drawn earlier, so it cannot read the page's CSS variables. The style sheet repeats
 * these values, and a test compares the two.
 */

export interface Palette {
  /** Behind the diagram. */
  readonly background: string;
  /** Text and labels. */
  readonly text: string;
  /** Text of lesser weight, such as labels on lines. */
  readonly muted: string;
  readonly line: string;
  /** Boxes: the gateway's own parts. */
  readonly box: string;
  readonly boxBorder: string;
  /** Groups around boxes. */
  readonly group: string;
  readonly groupBorder: string;
  /** Notes: what is worth a second look. */
  readonly note: string;
  readonly noteBorder: string;
}

export const light: Palette = {
  background: '#ffffff',
  text: '#22302f',
  muted: '#4b5a58',
  line: '#5d706d',
  box: '#e3f3f1',
  boxBorder: '#0b6b67',
  group: '#f5f8f7',
  groupBorder: '#b9c9c6',
  note: '#fdf1d8',
  noteBorder: '#9a6a00',
};

export const dark: Palette = {
  background: '#15191a',
  text: '#e2e8e6',
  muted: '#a9b6b3',
  line: '#8fa09c',
  box: '#173533',
  boxBorder: '#5ccfc6',
  group: '#1c2223',
  groupBorder: '#40504d',
  note: '#3a2f16',
  noteBorder: '#e0b354',
};
