/** Where each node of a world stands in its picture: the engine in the middle, gateways around it, clients outside. */

import type { NodeKind, NodeRole } from './sim-view.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: ReadonlyMap<string, Place>;
  /** Where the captions of the clients' rows or columns stand. */
  readonly captions: { readonly publishers: Place; readonly subscribers: Place };
}

/** `wide`: clients left and right. `narrow`: clients above and below, as a phone has the room. */
export type Shape = 'wide' | 'narrow';

interface Node {
  readonly name: string;
  readonly kind: NodeKind;
  readonly role?: NodeRole | undefined;
}

/** How far from the middle of each kind of node its links end: within its border, which is drawn above them. */
export const REACH: Readonly<Record<NodeKind, number>> = { client: 16, gateway: 18, engine: 18 };

const WIDE = { width: 760, margin: 92, rowHeight: 74, top: 62, heightMin: 340, ringX: 112, ringY: 104 };
const NARROW = { width: 360, perRow: 3, rowHeight: 78, top: 58, ringX: 118, ringY: 66, middle: 170 };

export function layoutOf(nodes: readonly Node[], shape: Shape): Layout {
  const publishers = namesOf(nodes, 'publisher', 'intruder');
  const subscribers = namesOf(nodes, 'subscriber');
  const gateways = nodes.filter(({ kind }) => kind === 'gateway').map(({ name }) => name);
  return shape === 'wide' ? wide(publishers, gateways, subscribers) : narrow(publishers, gateways, subscribers);
}

function namesOf(nodes: readonly Node[], ...roles: readonly NodeRole[]): readonly string[] {
  return roles.flatMap((role) => nodes.filter((node) => node.role === role).map(({ name }) => name));
}

type Names = readonly string[];

function wide(publishers: Names, gateways: Names, subscribers: Names): Layout {
  const { width, margin, rowHeight, top, heightMin } = WIDE;
  const rows = Math.max(publishers.length, subscribers.length);
  const height = Math.max(heightMin, top + rows * rowHeight);
  const middle = { x: width / 2, y: height / 2 };
  const column = (names: Names, x: number): [string, Place][] => {
    const span = height - top;
    return names.map((name, index) => [name, { x, y: top - 6 + (span * (index + 0.5)) / names.length }]);
  };
  return {
    width,
    height,
    places: new Map([
      ...column(publishers, margin),
      ...column(subscribers, width - margin),
      ...ring(gateways, middle, 'wide'),
    ]),
    captions: { publishers: { x: margin, y: 24 }, subscribers: { x: width - margin, y: 24 } },
  };
}

function narrow(publishers: Names, gateways: Names, subscribers: Names): Layout {
  const { width, rowHeight, top, ringY, middle } = NARROW;
  const above = rowsOf(publishers);
  const below = rowsOf(subscribers);
  const centre = { x: width / 2, y: top + (above.length - 1) * rowHeight + middle };
  const belowFrom = centre.y + ringY + 84;
  const place = (rows: readonly Names[], from: number): [string, Place][] =>
    rows.flatMap((names, row) =>
      names.map((name, index): [string, Place] => [
        name,
        { x: (width * (index + 0.5)) / names.length, y: from + row * rowHeight },
      ]),
    );
  const height = belowFrom + (Math.max(1, below.length) - 1) * rowHeight + 76;
  return {
    width,
    height,
    places: new Map([...place(above, top), ...place(below, belowFrom), ...ring(gateways, centre, 'narrow')]),
    captions: { publishers: { x: 12, y: 20 }, subscribers: { x: 12, y: height - 8 } },
  };
}

function rowsOf(names: Names): readonly Names[] {
  const rows = Math.ceil(names.length / NARROW.perRow);
  return Array.from({ length: rows }, (_, row) => names.slice(row * NARROW.perRow, (row + 1) * NARROW.perRow));
}

/** Where gateways stand around the engine, by how many there are: no link to a client passes behind another one. */
const SPOTS: Readonly<Record<Shape, readonly (readonly (readonly [x: number, y: number])[])[]>> = {
  wide: [
    [[0, -1]],
    [
      [0, -1],
      [0, 1],
    ],
    [
      [0, -1],
      [-1, 0.9],
      [1, 0.9],
    ],
    [
      [-1, -0.9],
      [1, -0.9],
      [-1, 0.9],
      [1, 0.9],
    ],
  ],
  narrow: [
    [[-1, 0]],
    [
      [-1, 0],
      [1, 0],
    ],
    [
      [-1, -0.8],
      [1, 0],
      [-1, 0.8],
    ],
    [
      [-1, -0.9],
      [1, -0.9],
      [-1, 0.9],
      [1, 0.9],
    ],
  ],
};

function ring(gateways: Names, middle: Place, shape: Shape): [string, Place][] {
  const { ringX, ringY } = shape === 'wide' ? WIDE : NARROW;
  const at = (name: string, [x, y]: readonly [number, number]): [string, Place] => [
    name,
    { x: middle.x + x * ringX, y: middle.y + y * ringY },
  ];
  const spots = SPOTS[shape][gateways.length - 1] ?? SPOTS[shape][3] ?? [];
  const placed = spots.flatMap((spot, index) => {
    const name = gateways[index];
    return name === undefined ? [] : [at(name, spot)];
  });
  const opposite: readonly [number, number] = shape === 'wide' ? [0, 0.8] : [1, 0];
  return [...placed, at('engine', gateways.length === 1 ? opposite : [0, 0])];
}

/** The part of the way between two places that is not below their nodes. */
export function between(from: Place, to: Place, reachFrom: number, reachTo: number): { from: Place; to: Place } {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const x = (to.x - from.x) / length;
  const y = (to.y - from.y) / length;
  return {
    from: { x: from.x + x * reachFrom, y: from.y + y * reachFrom },
    to: { x: to.x - x * reachTo, y: to.y - y * reachTo },
  };
}
