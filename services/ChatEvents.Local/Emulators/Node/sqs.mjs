import { createServer } from 'node:http';
import { buildApp } from 'fauxqs';
import { announce, endWithParent } from './lifeline.mjs';

// No `host` option: queue URLs then carry the host that the caller used, which resolves everywhere.
const app = buildApp({ logger: false });

// A receiver that is killed during a long poll leaves its poll behind; what that receives, nobody gets until it is visible again. AWS
// notices that the caller has hung up, and here such messages are given back at once.
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
  // AWS takes a request at the service's address and at the queue's own URL; the emulator only at the former.
  if (request.headers['x-amz-target']?.startsWith('AmazonSQS.')) request.url = '/';
  app.routing(request, response);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => announce(server));

endWithParent(async () => {
  server.closeAllConnections();
  await app.close();
});
