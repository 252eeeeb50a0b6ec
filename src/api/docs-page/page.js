// Shows the OpenAPI documents of this server. Everything goes into the page as text, never as markup.

const nav = document.querySelector('nav');
const main = document.querySelector('main');
const filter = document.querySelector('input');

/** An element with its children; texts are children as well, and what is false is none. */
function h(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}

async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return response.json();
}

async function show() {
  const { documents } = await load('/openapi');
  const chosen = documents.find(({ dialect }) => `#${dialect}` === location.hash) ?? documents[0];
  const links = documents.map(({ dialect }) => {
    const link = h('a', { href: `#${dialect}` }, dialect);
    if (dialect === chosen.dialect) link.setAttribute('aria-current', 'page');
    return link;
  });
  nav.replaceChildren(...links);
  const openApi = await load(chosen.url);
  document.title = `${openApi.info.title} API`;
  const about = h(
    'p',
    { className: 'quiet' },
    `Version ${openApi.info.version}. `,
    h('a', { href: chosen.url }, chosen.url),
  );
  main.replaceChildren(about, ...groups(openApi));
  narrow();
}

/** The operations under their tags, in the order of the document. */
function groups(openApi) {
  const byTag = new Map();
  for (const [path, methods] of Object.entries(openApi.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [tag] = operation.tags;
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationOf(method.toUpperCase(), path, operation, openApi)]);
    }
  }
  return [...byTag].map(([tag, operations]) => h('section', {}, h('h2', {}, tag), operations));
}

function operationOf(method, path, operation, openApi) {
  const details = h(
    'details',
    { className: 'operation' },
    h(
      'summary',
      {},
      h('span', { className: `method ${method}` }, method),
      ' ',
      h('code', {}, path),
      h('div', { className: 'line' }, operation.summary, h('code', { className: 'quiet' }, operation['x-permission'])),
    ),
  );
  // Made when it is opened: a document has thousands of schema members.
  details.addEventListener('toggle', () => {
    if (details.childElementCount === 1) details.append(contentOf(method, path, operation, openApi));
  });
  return details;
}

function contentOf(method, path, operation, openApi) {
  const command = curl(method, path, operation, openApi);
  return h(
    'div',
    {},
    h('h3', {}, 'Permission'),
    h('code', {}, operation['x-permission']),
    operation.parameters.length > 0 && h('h3', {}, 'Parameters'),
    operation.parameters.length > 0 &&
      h(
        'ul',
        {},
        operation.parameters.map((each) => parameter(each, openApi)),
      ),
    operation.requestBody && h('h3', {}, operation.requestBody.required ? 'Body, required' : 'Body'),
    operation.requestBody && content(operation.requestBody.content, openApi),
    h('h3', {}, 'Responses'),
    h(
      'ul',
      {},
      Object.entries(operation.responses).map(([status, response]) =>
        h(
          'li',
          {},
          h(
            'details',
            {},
            h('summary', {}, h('code', {}, status), ` ${response.description}`),
            headers(response),
            content(response.content ?? {}, openApi),
          ),
        ),
      ),
    ),
    h('h3', {}, 'curl'),
    h('pre', {}, h('code', {}, command)),
    copyButton(command),
  );
}

function parameter({ name, in: place, required, description, schema }, openApi) {
  return tree(name, { description, ...schema }, openApi, required, place);
}

function headers(response) {
  return h('p', { className: 'quiet' }, `Headers: ${Object.keys(response.headers).join(', ')}`);
}

function content(byType, openApi) {
  return h(
    'ul',
    {},
    Object.entries(byType).map(([type, { schema }]) => tree(type, schema, openApi)),
  );
}

/** A schema as a line of a tree: its name, its type, what it is for; what it is made of opens below. */
function tree(name, given, openApi, required = false, place = '') {
  const schema = resolve(given, openApi);
  const notes = [place, typeOf(schema, openApi), required && 'required', ...limits(schema)].filter(Boolean).join(', ');
  const line = [h('code', {}, name), ' ', h('span', { className: 'quiet' }, notes), ' ', schema.description ?? ''];
  const below = membersOf(schema, openApi);
  if (below.length === 0) return h('li', {}, line);
  const details = h('details', {}, h('summary', {}, line));
  details.addEventListener('toggle', () => {
    if (details.childElementCount === 1)
      details.append(
        h(
          'ul',
          {},
          below.map((each) => tree(each.name, each.schema, openApi, each.required)),
        ),
      );
  });
  return h('li', {}, details);
}

function membersOf(given, openApi) {
  const schema = resolve(given, openApi);
  const { properties = {}, required = [], additionalProperties, items } = schema;
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  return [
    ...Object.entries(properties).map(([name, each]) => ({ name, schema: each, required: required.includes(name) })),
    ...(additionalProperties?.type ? [{ name: '(any name)', schema: additionalProperties }] : []),
    ...(items ? membersOf(items, openApi) : []),
    ...choices
      .filter((each) => membersOf(each, openApi).length > 0)
      .map((each) => ({ name: '(one of)', schema: each })),
  ];
}

function typeOf(given, openApi) {
  const schema = resolve(given, openApi);
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map((each) => typeOf(each, openApi)).join(' | ');
  if (schema.type === 'array') return `array of ${typeOf(schema.items ?? {}, openApi)}`;
  return [schema.type ?? 'anything'].flat().join(' | ') + (schema.format ? ` (${schema.format})` : '');
}

function limits({ minimum, maximum, maxLength, pattern, default: standard }) {
  return [
    minimum !== undefined && `from ${minimum}`,
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER && `to ${maximum}`,
    maxLength !== undefined && `${maxLength} characters at most`,
    pattern && `like ${pattern}`,
    standard !== undefined && `default ${JSON.stringify(standard)}`,
  ];
}

function resolve(schema, openApi) {
  if (!schema.$ref) return schema;
  return {
    ...openApi.components.schemas[schema.$ref.split('/').at(-1)],
    ...(schema.description && { description: schema.description }),
  };
}

/** A command to start from: parameters of the path are variables of the shell. */
function curl(method, path, operation, openApi) {
  const variable = (name) => `$${name.replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase()}`;
  const url = location.origin + path.replace(/\{(\w+)\}/g, (_, name) => variable(name));
  const [type, { schema } = {}] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const required = schema ? membersOf(schema, openApi).filter((each) => each.required) : [];
  const body = {
    undefined: [],
    'application/json': [
      `-H 'Content-Type: application/json'`,
      `-d '${JSON.stringify(Object.fromEntries(required.map(({ name }) => [name, '…'])))}'`,
    ],
    'multipart/form-data': required.map(({ name, schema: each }) =>
      each.format === 'binary' ? `-F ${name}=@file` : `-F ${name}=…`,
    ),
  }[type] ?? [`-H 'Content-Type: ${type}'`, '--data-binary @file'];
  const parts = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} "${url}"`,
    '-H "Authorization: Bearer $OPENBULK_TOKEN"',
    ...body,
  ];
  return parts.join(' \\\n  ');
}

function copyButton(text) {
  const button = h('button', { type: 'button' }, 'Copy');
  button.addEventListener('click', async () => {
    // Browsers have no clipboard for pages that came without TLS from another machine.
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    button.textContent = copied ? 'Copied' : 'Select and copy it by hand';
  });
  return button;
}

/** Shows the operations that have all words of the filter. */
function narrow() {
  const words = filter.value.toLowerCase().split(/\s+/);
  for (const section of main.querySelectorAll('section')) {
    const operations = [...section.querySelectorAll('.operation')];
    for (const each of operations) {
      const text = each.firstChild.textContent.toLowerCase();
      each.hidden = !words.every((word) => text.includes(word));
    }
    section.hidden = operations.every((each) => each.hidden);
  }
}

function start() {
  show().catch((error) =>
    main.replaceChildren(h('p', { role: 'alert' }, `The documents cannot be shown. ${error.message}`)),
  );
}

filter.addEventListener('input', narrow);
addEventListener('hashchange', start);
start();
