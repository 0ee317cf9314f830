/**
 * The moving packets of a picture, drawn without Vue: some hundred dots, once per frame of the screen.
 *
 * What is drawn is a little behind what the worker has told, so that a dot moves on evenly between two batches.
 */

import type { Layout } from './layout.ts';
import type { Speed } from './messages.ts';
import { type Dot, dotOf } from './picture.ts';
import type { Flight } from './sim-view.ts';

/** How far behind a picture may be, in real milliseconds. */
const LAG_MS_MAX = 130;
/** Where it goes on when it was further behind. */
const LAG_MS = 70;

const SVG = 'http://www.w3.org/2000/svg';

export interface PacketDotsSource {
  readonly flights: () => readonly Flight[];
  /** The newest moment that is known. */
  readonly nowMs: () => number;
  readonly speed: () => Exclude<Speed, 'max'>;
  readonly places: () => Layout['places'];
}

export class PacketDots {
  layer: SVGGElement | undefined;
  readonly #source: PacketDotsSource;
  readonly #circles: SVGCircleElement[] = [];
  #frame = 0;
  #shownMs = 0;
  #realMs = 0;

  constructor(source: PacketDotsSource) {
    this.#source = source;
  }

  /** From now on the dots move with the screen. */
  move(): void {
    this.stop();
    this.#realMs = performance.now();
    this.#shownMs = this.#source.nowMs();
    this.#frame = requestAnimationFrame((now) => this.#next(now));
  }

  /** The dots stand where they are at the newest moment. */
  still(): void {
    this.stop();
    this.#draw(this.#source.nowMs());
  }

  clear(): void {
    this.stop();
    this.#show([]);
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #next(realMs: number): void {
    const speed = this.#source.speed();
    const newest = this.#source.nowMs();
    const onward = this.#shownMs + Math.max(0, realMs - this.#realMs) * speed;
    this.#realMs = realMs;
    const tooLate = newest - onward > LAG_MS_MAX * speed;
    this.#shownMs = Math.min(newest, tooLate ? newest - LAG_MS * speed : onward);
    this.#draw(this.#shownMs);
    this.#frame = requestAnimationFrame((now) => this.#next(now));
  }

  #draw(atMs: number): void {
    const places = this.#source.places();
    this.#show(this.#source.flights().flatMap((flight) => dotOf(flight, atMs, places) ?? []));
  }

  #show(dots: readonly Dot[]): void {
    const { layer } = this;
    if (layer === undefined) return;
    for (const [index, { x, y, kind }] of dots.entries()) {
      const circle = this.#circles[index] ?? this.#newCircle(layer);
      circle.setAttribute('cx', x.toFixed(1));
      circle.setAttribute('cy', y.toFixed(1));
      circle.setAttribute('r', kind === 'frame' ? '3' : '5.6');
      circle.setAttribute('class', kind);
      circle.removeAttribute('display');
    }
    for (const circle of this.#circles.slice(dots.length)) circle.setAttribute('display', 'none');
  }

  #newCircle(layer: SVGGElement): SVGCircleElement {
    const circle = document.createElementNS(SVG, 'circle');
    layer.append(circle);
    this.#circles.push(circle);
    return circle;
  }
}
