/** All parts of what can be asked, put together and checked: so the router and the document cannot disagree. */

import type { Endpoint } from './endpoint.ts';
import type { HttpExtension } from './extension.ts';
import { namesIn, type Schema } from './schema.ts';

/** A segment that stands for a parameter. */
const PARAMETER = /^\{(\w+)\}$/;

export class EndpointTable {
  readonly endpoints: readonly Endpoint[];
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly #owners = new Map<Endpoint, HttpExtension>();

  /**
   * Throws `RangeError` when two endpoints have the same id or could mean the same request, when a schema has two
   * meanings or none, or when a path's parameters are not the ones that are described.
   */
  constructor(parts: readonly HttpExtension[]) {
    const endpoints: Endpoint[] = [];
    const schemas = new Map<string, Schema>();
    for (const part of parts) {
      for (const [name, schema] of Object.entries(part.schemas)) {
        if (schemas.has(name)) throw new RangeError(`There are two schemas ${name}.`);
        schemas.set(name, schema);
      }
      for (const endpoint of part.endpoints) {
        checkPath(endpoint);
        for (const other of endpoints) checkApart(endpoint, other);
        endpoints.push(endpoint);
        this.#owners.set(endpoint, part);
      }
    }
    checkNames(endpoints, schemas);
    this.endpoints = endpoints;
    this.schemas = Object.fromEntries(schemas);
  }

  /** Who answers an endpoint of this table. */
  ownerOf(endpoint: Endpoint): HttpExtension {
    return this.#owners.get(endpoint) as HttpExtension;
  }
}

/** The name of the parameter that a segment of a path stands for; `undefined` when it stands for itself. */
export function parameterIn(segment: string): string | undefined {
  return PARAMETER.exec(segment)?.[1];
}

function checkPath({ id, path, parameters = [] }: Endpoint): void {
  const inPath = segmentsOf(path).flatMap((segment) => parameterIn(segment) ?? []);
  const described = parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name);
  if (inPath.toSorted().join() === described.toSorted().join() && new Set(inPath).size === inPath.length) return;
  throw new RangeError(`${id} must describe each parameter of ${path} once; it describes ${described.join(', ')}.`);
}

/** Paths that look alike must be the same, as OpenAPI asks; and no request may mean two endpoints. */
function checkApart(one: Endpoint, other: Endpoint): void {
  if (one.id === other.id) throw new RangeError(`There are two endpoints ${one.id}.`);
  const pairs = segmentsOf(one.path).map((segment, index) => [segment, segmentsOf(other.path)[index]] as const);
  if (pairs.length !== segmentsOf(other.path).length) return;
  const areAlike = pairs.every(([a, b = '']) => a === b || (isParameter(a) && isParameter(b)));
  if (areAlike && one.path !== other.path) {
    throw new RangeError(`${one.path} and ${other.path} are the same path with other names.`);
  }
  const meet = pairs.every(([a, b = '']) => a === b || isParameter(a) || isParameter(b));
  if (!meet || one.method !== other.method) return;
  throw new RangeError(`${one.method} ${one.path} and ${other.method} ${other.path} could be the same request.`);
}

function checkNames(endpoints: readonly Endpoint[], schemas: ReadonlyMap<string, Schema>): void {
  const uses = [
    ...endpoints.flatMap(({ id, body, answers }) =>
      [body, ...answers].flatMap((part) => (part?.schema === undefined ? [] : ([[id, part.schema]] as const))),
    ),
    ...[...schemas].flatMap(([name, schema]) => namesIn(schema).map((used) => [name, used] as const)),
  ];
  for (const [user, name] of uses) {
    if (!schemas.has(name)) throw new RangeError(`${user} names the schema ${name}, and there is none.`);
  }
}

function segmentsOf(path: string): string[] {
  return path.split('/');
}

function isParameter(segment: string): boolean {
  return parameterIn(segment) !== undefined;
}
