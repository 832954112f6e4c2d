import { createServer } from 'node:http';
import { buildApp } from 'fauxqs';
import { announce, endWithParent } from './lifeline.mjs';

// No `host` option: queue URLs then carry the host that the caller used, which resolves everywhere.
const app = buildApp({ logger: false });
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
