import { createServer } from 'node:http';
import { buildApp } from 'fauxqs';
import { announce, endWithParent } from './lifeline.mjs';

// No `host` option: queue URLs then carry the host that the caller used, which resolves everywhere.
const app = buildApp({ logger: false });

// A receiver that is killed during a long poll leaves its poll behind, and the messages that it receives stay hidden until their
// visibility timeout ends. AWS notices that the caller has hung up; here such messages are returned to the queue at once.
app.addHook('onSend', async (request, reply, payload) => {
  if (request.headers['x-amz-target'] !== 'AmazonSQS.ReceiveMessage' || !request.raw.socket.destroyed) return payload;
  for (const message of JSON.parse(payload).Messages ?? []) {
    await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ChangeMessageVisibility' },
      payload: JSON.stringify({ QueueUrl: request.body.QueueUrl, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0 }),
    });
  }
  return payload;
});
await app.ready();

const server = createServer((request, response) => {
  // AWS accepts a request at the service's address and at the queue's own URL; the emulator accepts only the former.
  if (request.headers['x-amz-target']?.startsWith('AmazonSQS.')) request.url = '/';
  app.routing(request, response);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => announce(server));

endWithParent(async () => {
  server.closeAllConnections();
  await app.close();
});
