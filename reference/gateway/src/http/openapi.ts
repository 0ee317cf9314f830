/** The endpoints as an OpenAPI 3.1 document: the table for machines (§11). */

import type { Answer, Endpoint, Parameter, RequestBodyInfo } from './endpoint.ts';
import type { EndpointTable } from './endpoint-table.ts';
import { JSON_TYPE } from './json-body.ts';
import { refTo, type Schema } from './schema.ts';

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface OpenApiResponse extends Content {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Content & { readonly required: boolean };
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

/** The version of what is described, which is the protocol's. */
const VERSION = '1';

export function openApiOf({ endpoints, schemas }: EndpointTable, gatewayName: string): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: { title: `Micro Socket gateway ${gatewayName}`, version: VERSION, description: 'HTTP beside the gateway.' },
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The same token as in the frame setup.' },
      },
    },
  };
}

function operationOf({ id, summary, description, takesToken, parameters = [], body, answers }: Endpoint): Operation {
  return {
    operationId: id,
    summary,
    description,
    parameters,
    ...(body === undefined ? {} : { requestBody: requestBodyOf(body) }),
    responses: responsesOf(answers),
    // Without a token the request is an anonymous client's.
    security: takesToken ? [{ bearer: [] }, {}] : [],
  };
}

function requestBodyOf({ schema, types = [JSON_TYPE], isOptional = false }: RequestBodyInfo) {
  return { required: !isOptional, ...contentOf(types, schema) };
}

/** By status. A status that has several reasons has the words of all of them. */
function responsesOf(answers: readonly Answer[]): Record<string, OpenApiResponse> {
  const responses: Record<string, OpenApiResponse> = {};
  for (const { status, words, type, schema, headers = {} } of answers) {
    const { description, ...earlier } = responses[status] ?? {};
    responses[status] = {
      ...earlier,
      description: description === undefined ? words : `${description} Or: ${words}`,
      ...contentOf(type === undefined ? [] : [type], schema),
      ...(Object.keys(headers).length === 0 ? {} : { headers: headersOf(headers) }),
    };
  }
  return responses;
}

function headersOf(words: Readonly<Record<string, string>>) {
  const headers = Object.entries(words).map(([name, description]) => {
    const schema: Schema = { type: 'string' };
    return [name, { description, schema }] as const;
  });
  return Object.fromEntries(headers);
}

function contentOf(types: readonly string[], schema: string | undefined): Content {
  if (types.length === 0) return {};
  const content = types.map((type) => [type, { schema: schema === undefined ? {} : refTo(schema) }] as const);
  return { content: Object.fromEntries(content) };
}
