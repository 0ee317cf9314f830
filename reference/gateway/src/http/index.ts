/** What an application needs to answer HTTP beside a gateway: on its server, in its document, behind its access. */

export { bearerToken } from './bearer.ts';
export { type Answer, type Endpoint, type Method, type Parameter, problems, type RequestBodyInfo } from './endpoint.ts';
export type { HttpExtension, PathParameters, StatsPart } from './extension.ts';
export type { Figure } from './figures.ts';
export { fieldsOf, JSON_TYPE, requireJson } from './json-body.ts';
export { type HttpRequest, type HttpResponse, jsonResponse } from './message.ts';
export { figureFamily, type MetricFamily, type MetricSample } from './metrics.ts';
export { HttpError, type HttpErrorDetails, type ProblemCode } from './problem.ts';
export { objectOf, refTo, type Schema } from './schema.ts';
