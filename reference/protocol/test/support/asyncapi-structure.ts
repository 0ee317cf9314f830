/** What AsyncAPI 3.0 asks of the parts of a document that ours has, written from its specification. */

type Node = Readonly<Record<string, unknown>>;

/** The members that each kind of object may have; those with `!` it must have. */
const MEMBERS = {
  document: 'asyncapi! info! id servers defaultContentType channels operations components',
  info: 'title! version! description termsOfService contact license tags externalDocs',
  server: 'host! protocol! protocolVersion pathname description title summary variables security tags bindings',
  channel: 'address messages title summary description servers parameters tags externalDocs bindings',
  operation: 'action! channel! title summary description security tags externalDocs bindings traits messages reply',
  reply: 'address channel messages',
  message: 'headers payload correlationId contentType name title summary description tags bindings examples traits',
  components: 'schemas servers channels operations messages replies parameters correlationIds',
} as const;

/** Each way in which the document is not one of AsyncAPI 3.0. */
export function asyncApiProblems(document: Node): string[] {
  const problems: string[] = [];
  const check = (kind: keyof typeof MEMBERS, node: Node, place: string) =>
    problems.push(...memberProblems(MEMBERS[kind], node).map((problem) => `${place} ${problem}`));

  check('document', document, 'the document');
  check('info', document['info'] as Node, 'info');
  check('components', document['components'] as Node, 'components');
  if (document['asyncapi'] !== '3.0.0') problems.push('asyncapi is not 3.0.0');
  for (const [name, server] of entries(document, 'servers')) check('server', server, `server ${name}`);
  for (const [name, channel] of entries(document, 'channels')) {
    check('channel', channel, `channel ${name}`);
    problems.push(...parameterProblems(name, channel));
  }
  for (const [name, operation] of entries(document, 'operations')) {
    check('operation', operation, `operation ${name}`);
    if (!['send', 'receive'].includes(operation['action'] as string)) problems.push(`operation ${name} has no action`);
    problems.push(...channelProblems(name, operation));
    const reply = operation['reply'] as Node | undefined;
    if (reply === undefined) continue;
    check('reply', reply, `the reply of ${name}`);
    problems.push(...channelProblems(`${name}.reply`, reply));
  }
  for (const [name, message] of entries(document['components'] as Node, 'messages')) {
    check('message', message, `message ${name}`);
    if (!/^[A-Za-z0-9._-]+$/.test(name)) problems.push(`message ${name} has a name that is not allowed`);
  }
  for (const reference of referencesIn(document)) {
    if (resolve(document, reference) === undefined) problems.push(`${reference} leads nowhere`);
  }
  return problems;
}

/** What a reference of the document points at. */
export function resolve(document: unknown, reference: string): unknown {
  return reference
    .replace(/^#\//, '')
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, step) => (node as Node | undefined)?.[step], document);
}

function memberProblems(members: string, node: Node): string[] {
  const allowed = members.replaceAll('!', '').split(' ');
  const required = members.split(' ').flatMap((name) => (name.endsWith('!') ? [name.slice(0, -1)] : []));
  const missing = required.filter((name) => node[name] === undefined).map((name) => `lacks ${name}`);
  const unknown = Object.keys(node).filter((name) => !allowed.includes(name) && !/^x-[\w.-]+$/.test(name));
  return [...missing, ...unknown.map((name) => `has ${name}`)];
}

/** The messages of an operation are among those of its channel, by reference. */
function channelProblems(name: string, operation: Node): string[] {
  const { $ref } = operation['channel'] as { $ref: string };
  const messages = operation['messages'] as readonly { $ref: string }[];
  return messages
    .filter((message) => !message.$ref.startsWith(`${$ref}/messages/`))
    .map((message) => `${name}: ${message.$ref} is not a message of its channel`);
}

function parameterProblems(name: string, channel: Node): string[] {
  const inAddress = [...(channel['address'] as string).matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
  const declared = Object.keys((channel['parameters'] as Node | undefined) ?? {});
  return inAddress.join() === declared.join()
    ? []
    : [`channel ${name} has the parameters ${declared}, not ${inAddress}`];
}

function entries(node: Node, member: string): [string, Node][] {
  return Object.entries((node[member] ?? {}) as Readonly<Record<string, Node>>);
}

function referencesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = (node as { $ref?: unknown }).$ref;
  return typeof own === 'string' ? [own] : Object.values(node).flatMap(referencesIn);
}
