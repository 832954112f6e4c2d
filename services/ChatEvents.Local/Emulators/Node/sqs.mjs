import { createServer } from 'node:http';
import { buildApp } from 'fauxqs';
import { announce, endWithParent } from './lifeline.mjs';
import { answerQuery, isQuery } from './query.mjs';
import { QueueUse, tellUse } from './use.mjs';

const app = buildApp({ logger: false });
const json = (target, payload, headers = {}) => app.inject({
  method: 'POST',
  url: '/',
  headers: { ...headers, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${target}` },
  payload: JSON.stringify(payload),
});

// The emulator names queues by URLs with a host that does not resolve everywhere. Callers get and send URLs with the host by which they
// reached this server, whichever it was; within, each queue has one URL.
const innerUrls = new Map();
const regionOf = (request) => /Credential=\S+?\/\d{8}\/([^/]+)\//.exec(request.headers.authorization)?.[1] ?? '';
const outerUrl = (request, url) => {
  const { pathname } = new URL(url);
  innerUrls.set(pathname, url).set(regionOf(request) + pathname, url);
  return `http://${request.callerHost}${pathname}`;
};

app.decorateRequest('callerHost', '');
app.addHook('onRequest', async (request) => {
  request.callerHost = request.headers.host ?? '127.0.0.1';
  request.headers.host = 'localhost';
});
app.addHook('preHandler', async ({ body, headers }) => {
  if (!URL.canParse(body?.QueueUrl)) return;
  const { pathname } = new URL(body.QueueUrl);
  body.QueueUrl = innerUrls.get(regionOf({ headers }) + pathname) ?? innerUrls.get(pathname) ?? body.QueueUrl;
});
app.addHook('onSend', async (request, reply, payload) => {
  if (!/\.(CreateQueue|GetQueueUrl|ListQueues)$/.test(request.headers['x-amz-target']) || reply.statusCode !== 200) return payload;
  const answer = JSON.parse(payload);
  if (answer.QueueUrl) answer.QueueUrl = outerUrl(request, answer.QueueUrl);
  if (answer.QueueUrls) answer.QueueUrls = answer.QueueUrls.map((url) => outerUrl(request, url));
  return JSON.stringify(answer);
});

// A receiver that is killed during a long poll leaves its poll behind, and the messages that it receives stay hidden until their
// visibility timeout ends. AWS notices that the caller has hung up; here such messages are returned to the queue at once.
const giveBack = async (queueUrl, messages = []) => {
  for (const { ReceiptHandle } of messages) {
    await json('ChangeMessageVisibility', { QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }, { 'x-nobodys': 'true' });
  }
};
app.addHook('onSend', async (request, reply, payload) => {
  if (request.headers['x-amz-target'] === 'AmazonSQS.ReceiveMessage' && request.raw.socket.destroyed) {
    await giveBack(request.body.QueueUrl, JSON.parse(payload).Messages);
  }
  return payload;
});
const use = new QueueUse();
app.addHook('onSend', async ({ body, headers }, reply, payload) => {
  const target = headers['x-amz-target'] ?? '';
  if (headers['x-nobodys']) return payload;
  use.add(target, body ?? {}, target.endsWith('.ReceiveMessage') && reply.statusCode === 200 ? JSON.parse(payload) : {});
  return payload;
});
await app.ready();

const server = createServer((request, response) => {
  if (isQuery(request)) return answerQuery(request, response, json, giveBack).catch(() => response.destroy());
  // AWS accepts a request at the service's address and at the queue's own URL; the emulator accepts only the former.
  if (request.headers['x-amz-target']?.startsWith('AmazonSQS.')) request.url = '/';
  app.routing(request, response);
});
tellUse(server, use);
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => announce(server));

endWithParent(async () => {
  server.closeAllConnections();
  await app.close();
});
