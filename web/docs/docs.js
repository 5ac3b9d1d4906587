// Shows openapi.json, which lies beside this page, to people. No library, no build step, no other address.
'use strict';

let contract;
const byId = id => document.getElementById(id);

/** An element with attributes and children; texts are texts, never markup. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) if (value) element.setAttribute(name, value === true ? '' : value);
  element.append(...children.flat(Infinity).filter(child => child || child === 0));
  return element;
}

/** `code`, and plain text around it. */
const inline = text => text.split('`').map((part, i) => i % 2 ? make('code', {}, part) : part);

/** Paragraphs and lists of the little Markdown that descriptions use. */
function prose(text) {
  return (text ?? '').split('\n\n').filter(Boolean).map(block => {
    if (!block.startsWith('- ')) return make('p', {}, inline(block));
    return make('ul', {}, block.slice(2).split('\n- ').map(item => make('li', {}, inline(item))));
  });
}

const lookUp = reference => reference.slice(2).split('/').reduce((node, key) => node[key.replace(/~1/g, '/').replace(/~0/g, '~')], contract);
const nameIn = reference => reference.slice(reference.lastIndexOf('/') + 1);
const resolve = node => node?.$ref ? { ...lookUp(node.$ref), ...node } : node ?? {};

/** A schema with its references and its allOf taken in. */
function whole(schema) {
  const own = resolve(schema), parts = (own.allOf ?? []).map(whole);
  return {
    ...own,
    properties: own.properties || parts.length ? Object.assign({}, ...parts.map(part => part.properties), own.properties) : undefined,
    required: [...parts.flatMap(part => part.required ?? []), ...own.required ?? []],
  };
}

const alternatives = schema => schema.oneOf?.every(branch => branch.required && !branch.$ref) ? undefined : schema.oneOf ?? schema.anyOf;

/** Whether a schema of the contract is shown by itself. */
function hasCard(name) {
  const schema = whole(contract.components.schemas[name]);
  return !name.startsWith('Maybe') && Boolean(schema.properties || schema.enum || alternatives(schema));
}

/** "integer", "array of Job", "Eta or null", with links to what is shown by itself. */
function typeOf(schema) {
  if (schema.$ref && hasCard(nameIn(schema.$ref))) return [make('a', { href: '#schema-' + nameIn(schema.$ref) }, nameIn(schema.$ref))];
  const own = resolve(schema);
  if (alternatives(own)) return alternatives(own).flatMap((branch, i) => i ? [' or ', ...typeOf(branch)] : typeOf(branch));
  if (own.const !== undefined) return [JSON.stringify(own.const)];
  if (own.type === 'array') return ['array of ', ...own.items ? typeOf(own.items) : ['anything']];
  return [[own.type ?? 'anything'].flat().join(' or ')];
}

/** "1 to 16384", "default 1280". */
function limitsOf(schema) {
  const words = [], number = value => [String(value), value.toExponential().replace('e+', 'e')].sort((a, b) => a.length - b.length)[0];
  const { minimum: low, maximum: high, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  if (low !== undefined && high !== undefined) words.push(`${number(low)} to ${number(high)}`);
  else if (low !== undefined) words.push(`at least ${number(low)}`);
  if (above !== undefined) words.push(`above ${number(above)}, below ${number(below)}`);
  if (schema.maxItems && schema.minItems === schema.maxItems) words.push(`${schema.minItems} elements`);
  else if (schema.maxItems) words.push(`${schema.minItems ?? 0} to ${schema.maxItems} elements`);
  if (schema.maxLength) words.push(`${schema.minLength ?? 0} to ${schema.maxLength} bytes`);
  if (schema.format) words.push(schema.format);
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.map(word => ' · ' + word).join('');
}

/** One member or parameter with all that is known of it. */
function member(name, schema, required, place, description) {
  const own = whole(schema), values = own.enum ?? whole(own.items ?? {}).enum;
  return make('div', { class: 'member' },
    make('code', {}, name), make('span', { class: 'type' }, place ? place + ' · ' : '', typeOf(schema), limitsOf(own)),
    required && make('span', { class: 'required' }, 'required'), prose(description ?? own.description),
    values && values.length < 24 && chips(values), nested(schema));
}

const chips = values => make('div', { class: 'values' }, values.map(value => make('code', {}, JSON.stringify(value))));

const members = schema => make('div', { class: 'members' },
  Object.entries(schema.properties).map(([name, value]) => member(name, value, schema.required.includes(name))));

/** Something folded away, which is made when it is opened first. */
function folded(name, summary, content) {
  const details = make('details', { class: name }, summary);
  details.addEventListener('toggle', () => details.append(...[content()].flat(Infinity)), { once: true });
  return details;
}

/** The members of what lies inside. */
function nested(schema) {
  const own = whole(schema), inner = [own, ...own.items ? [whole(own.items)] : [], ...(alternatives(own) ?? []).map(whole)];
  return inner.filter(part => part.properties)
    .map((part, i, all) => folded('more', make('summary', {}, all.length > 1 ? `members (${i + 1} of ${all.length})` : 'members'), () => members(part)));
}

/** Text to be copied: a command, a body. */
function sample(text, caption) {
  const copy = make('button', { type: 'button' }, 'Copy');
  copy.addEventListener('click', async () => {
    await navigator.clipboard?.writeText(text);
    copy.textContent = 'Copied';
    setTimeout(() => { copy.textContent = 'Copy'; }, 1500);
  });
  return [caption && make('p', { class: 'caption' }, caption), make('div', { class: 'sample' }, make('pre', {}, make('code', {}, text)), copy)];
}

const titled = (title, ...children) => children.flat(Infinity).length ? [make('h4', {}, title), ...children] : [];

/** JSON on one line where it is short. */
function pretty(value, indent = '') {
  const line = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ').replace(/\[ /g, '[').replace(/ \]/g, ']');
  if (line.length + indent.length < 90 || typeof value !== 'object' || value === null) return line;
  const inner = indent + '  ', [open, close] = Array.isArray(value) ? '[]' : '{}';
  const rows = Object.entries(value).map(([key, part]) => inner + (open === '{' ? JSON.stringify(key) + ': ' : '') + pretty(part, inner));
  return `${open}\n${rows.join(',\n')}\n${indent}${close}`;
}

function contentOf(content) {
  return Object.entries(content ?? {}).map(([type, { schema, examples }]) => [
    member(type, schema, false, '', resolve(schema).description ?? ''),
    Object.values(examples ?? {}).map(example => sample(pretty(example.value), example.summary)),
  ]);
}

function responseView([status, reference]) {
  const response = resolve(reference), headers = Object.entries(response.headers ?? {}).map(([name, header]) => [name, resolve(header)]);
  const summary = make('summary', {}, make('span', { class: `status s${status[0]}` }, status), make('p', {}, inline(response.description)));
  return folded('response', summary, () => make('div', {},
    titled('Headers', headers.map(([name, header]) => member(name, header.schema, header.required, '', header.description))),
    titled('Body', contentOf(response.content))));
}

function operationView(path, method, operation, shared) {
  const parameters = [...shared ?? [], ...operation.parameters ?? []].map(resolve);
  const samples = (operation['x-codeSamples'] ?? []).flatMap(code => sample(code.source.replaceAll('http://127.0.0.1:8080', location.origin), code.label));
  return make('article', { class: 'card', id: operation.operationId, 'data-text': `${method} ${path} ${operation.summary}` },
    make('h3', {}, operation.summary),
    make('div', { class: 'route' }, make('span', { class: 'method ' + method }, method.toUpperCase()), make('code', {}, path)),
    prose(operation.description),
    titled('Example', samples),
    titled('Parameters', parameters.map(each => member(each.name, each.schema, each.required, each.in, each.description))),
    titled('Request body', contentOf(operation.requestBody?.content)),
    titled('Answers', Object.entries(operation.responses).sort(([a], [b]) => a.localeCompare(b)).map(responseView)));
}

function schemaView([name, schema]) {
  const own = whole(schema), choices = alternatives(own);
  return make('article', { class: 'card', id: 'schema-' + name, 'data-text': name },
    make('h3', {}, name), prose(own.description),
    choices && make('p', {}, choices.flatMap((branch, i) => i ? [' or ', ...typeOf(branch)] : typeOf(branch))),
    own.enum && chips(own.enum), own.properties && members(own), titled('Example', (own.examples ?? []).flatMap(example => sample(pretty(example)))));
}

/** Each operation; webhooks are operations of the receiver. */
function* operations() {
  for (const [path, item] of [...Object.entries(contract.paths), ...Object.entries(contract.webhooks ?? {})]) {
    for (const method of ['post', 'get', 'delete']) if (item[method]) yield { path, method, operation: item[method], shared: item.parameters };
  }
}

function link(href, text, ...before) {
  return make('a', { href, 'data-text': text }, ...before, make('span', {}, text));
}

function show() {
  const { info, tags, components } = contract, toc = byId('toc');
  document.title = `${info.title}: the HTTP interface`;
  byId('version').textContent = info.version;
  byId('top').append(make('h1', {}, info.title), make('p', { class: 'lead' }, info.summary), ...prose(info.description),
    make('p', {}, make('a', { href: 'openapi.json' }, 'openapi.json'), ` · OpenAPI ${contract.openapi}`));
  for (const tag of tags) {
    const mine = [...operations()].filter(each => each.operation.tags[0] === tag.name);
    toc.append(make('div', {}, make('h2', {}, tag.name),
      mine.map(({ path, method, operation }) => link('#' + operation.operationId, path, make('span', { class: 'method ' + method }, method.toUpperCase())))));
    byId('operations').append(make('section', {}, make('h2', { id: 'tag-' + tag.name }, tag.name), make('p', { class: 'note' }, tag.description),
      mine.map(({ path, method, operation, shared }) => operationView(path, method, operation, shared))));
  }
  const named = Object.entries(components.schemas).filter(([name]) => hasCard(name));
  toc.append(make('div', {}, make('h2', {}, 'Schemas'), named.map(([name]) => link('#schema-' + name, name))));
  byId('schemas').append(...named.map(schemaView));
  byId('schemas').hidden = false;
}

/** Hides what does not have all words of the filter. */
function filter() {
  const words = byId('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const element of document.querySelectorAll('[data-text]')) {
    element.hidden = !words.every(word => element.dataset.text.toLowerCase().includes(word));
  }
  for (const group of document.querySelectorAll('#toc > div, main section')) group.hidden = !group.querySelector('[data-text]:not([hidden])');
}

async function start() {
  const narrow = matchMedia('(max-width: 56rem)');
  byId('menu').open = !narrow.matches;
  narrow.addEventListener('change', () => { byId('menu').open = !narrow.matches; });
  byId('toc').addEventListener('click', () => { if (narrow.matches) byId('menu').open = false; });
  byId('filter').addEventListener('input', filter);
  try {
    contract = await (await fetch('openapi.json')).json();
    show();
    if (location.hash) byId(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    byId('top').append(make('h1', {}, 'openapi.json cannot be shown'), make('p', {}, String(error)));
  }
}

start();
