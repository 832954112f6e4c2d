// The Query protocol of SQS, which clients from before 2024 speak (boto3 up to 1.28, aws-cli 2.9, Java SDK 1): a form goes in, XML comes
// out. The emulator knows only the JSON protocol, so forms become its calls, and its answers become XML.
import { randomUUID } from 'node:crypto';

// Members of requests that are lists of text, and that are maps; all others are text or numbers. The names are the protocol's, without
// the index that follows each.
const lists = { AttributeName: 'AttributeNames', MessageAttributeName: 'MessageAttributeNames', MessageSystemAttributeName: 'MessageSystemAttributeNames' };
const maps = { Attribute: 'Attributes', MessageAttribute: 'MessageAttributes', MessageSystemAttribute: 'MessageSystemAttributes', Tag: 'tags' };
const numbers = new Set(['DelaySeconds', 'MaxNumberOfMessages', 'MaxResults', 'VisibilityTimeout', 'WaitTimeSeconds']);

// Codes that differ between the protocols; all others are the same in both.
const prefixed = ['BatchEntryIdsNotDistinct', 'BatchRequestTooLong', 'EmptyBatchRequest', 'InvalidBatchEntryId', 'MessageNotInflight',
  'PurgeQueueInProgress', 'QueueDeletedRecently', 'TooManyEntriesInBatchRequest', 'UnsupportedOperation'];
const codes = {
  ...Object.fromEntries(prefixed.map((code) => [code, `AWS.SimpleQueueService.${code}`])),
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
};

export const isQuery = (request) =>
  request.method === 'POST' && /^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '');

/** Answers one request: `call(action, payload, headers)` makes the JSON call, `giveBack(queueUrl, messages)` undoes a receive. */
export async function answerQuery(request, response, call, giveBack) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { Action: action, Version: _, ...form } = tree(new URLSearchParams(Buffer.concat(chunks).toString()));
  const payload = toJson(form);
  // The first clients sent no URL but posted to it.
  if (request.url !== '/') payload.QueueUrl ??= `http://${request.headers.host}${request.url}`;

  const { authorization = '', host = '' } = request.headers;
  const answer = await call(action, payload, { authorization, host });
  const result = JSON.parse(answer.payload);
  if (action === 'ReceiveMessage' && response.destroyed) return giveBack(payload.QueueUrl, result.Messages);
  response.writeHead(answer.statusCode, { 'content-type': 'text/xml' });
  response.end(answer.statusCode === 200 ? success(action, result) : failure(answer.statusCode, result));
}

/** `a.1.b=x` becomes { a: { 1: { b: 'x' } } }. */
function tree(parameters) {
  const root = Object.create(null);
  for (const [path, value] of parameters) {
    const names = path.split('.');
    const last = names.pop();
    let node = root;
    for (const name of names) node = node[name] = typeof node[name] === 'object' ? node[name] : Object.create(null);
    node[last] = value;
  }
  return root;
}

function toJson(form) {
  const payload = {};
  for (const [name, value] of Object.entries(form)) {
    if (lists[name]) payload[lists[name]] = Object.values(value);
    else if (maps[name]) payload[maps[name]] = Object.fromEntries(Object.values(value).map((entry) => [entry.Name ?? entry.Key, entry.Value]));
    else if (name.endsWith('BatchRequestEntry')) payload.Entries = Object.values(value).map(toJson);
    else payload[name] = numbers.has(name) ? Number(value) : value;
  }
  return payload;
}

// A carriage return as itself would reach the reader as a line feed.
const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const text = (value) => String(value).replace(/[&<>\r]/g, (character) => escapes[character]);

/** Lists repeat their element and maps are pairs of Name and Value, under the singular of the JSON protocol's names. */
function xml(name, value, action) {
  if (value === undefined || value === null) return '';
  if (name === 'Successful') return value.map((entry) => xml(`${action}ResultEntry`, entry)).join('');
  if (name === 'Failed') return value.map((entry) => xml('BatchResultErrorEntry', entry)).join('');
  if (Array.isArray(value)) return value.map((entry) => xml(name.slice(0, -1), entry)).join('');
  if (name.endsWith('Attributes') && typeof value === 'object') {
    return Object.entries(value).map(([Name, Value]) => xml(name.slice(0, -1), { Name, Value })).join('');
  }
  return `<${name}>${typeof value === 'object' ? members(value) : text(value)}</${name}>`;
}

const members = (value, action) => Object.entries(value).map(([name, member]) => xml(name, member, action)).join('');

const document = (root, content) =>
  `<?xml version="1.0"?><${root} xmlns="http://queue.amazonaws.com/doc/2012-11-05/">${content}</${root}>`;

// Parsers look for the result even where it is empty, as after a receive that found nothing.
const success = (action, result) => document(`${action}Response`,
  `<${action}Result>${members(result, action)}</${action}Result><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`);

function failure(status, { __type: type = 'InternalFailure', message = '' }) {
  const code = type.split('#').at(-1);
  return document('ErrorResponse',
    `<Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${codes[code] ?? code}</Code><Message>${text(message)}</Message></Error>`
      + `<RequestId>${randomUUID()}</RequestId>`);
}
