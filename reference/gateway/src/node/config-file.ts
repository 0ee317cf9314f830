/** The gateway command's options as a JSON file: the same names in camelCase. */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { schemaProblem } from '../core/policy-error.ts';
import { UsageError } from './usage-error.ts';

const OneOrMore = Type.Union([Type.String(), Type.Array(Type.String())]);

const ConfigSchema = Type.Object(
  {
    listen: Type.Optional(OneOrMore),
    backbone: Type.Optional(Type.String()),
    backboneKeyFile: Type.Optional(Type.String()),
    backboneCa: Type.Optional(Type.String()),
    durability: Type.Optional(Type.String()),
    historyAgeMs: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    engine: Type.Optional(Type.Boolean()),
    edgeKeyFile: Type.Optional(Type.String()),
    workers: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    policy: Type.Optional(Type.String()),
    origin: Type.Optional(OneOrMore),
    tlsCert: Type.Optional(Type.String()),
    tlsKey: Type.Optional(Type.String()),
    sessionSecretFile: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    namePublishers: Type.Optional(Type.Boolean()),
    compress: Type.Optional(Type.Boolean()),
    demo: Type.Optional(Type.Boolean()),
    limit: Type.Optional(Type.Record(Type.String(), Type.Number())),
  },
  { additionalProperties: false },
);

const checker = Compile(ConfigSchema);

export type Config = Static<typeof ConfigSchema>;

/** Options that name files; in a configuration they are relative to it. */
const PATHS = [
  'policy',
  'tlsCert',
  'tlsKey',
  'sessionSecretFile',
  'backboneKeyFile',
  'backboneCa',
  'edgeKeyFile',
] as const;

/** Reads a configuration. Throws `UsageError` that names the file and what is wrong in it. */
export function readConfig(path: string): Config {
  const config = parsed(path);
  const problem = schemaProblem(checker, config, 'the whole');
  if (problem !== undefined) throw new UsageError(`The configuration ${path} cannot be used: ${problem}.`);
  return withPathsFrom(dirname(path), config as Config);
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`The configuration ${path} cannot be read as JSON: ${(error as Error).message}.`);
  }
}

function withPathsFrom(folder: string, config: Config): Config {
  const paths = PATHS.flatMap((name) => {
    const path = config[name];
    return path === undefined ? [] : [[name, resolve(folder, path)]];
  });
  return { ...config, ...Object.fromEntries(paths) };
}
