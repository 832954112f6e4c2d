// What AWS would charge for what every program has asked of these servers. The local system puts it on its bill.
import { createRequire } from 'node:module';

// A request has up to 64 KB of messages; more is charged as several.
const chunk = 64 * 1024;
const isMessaging = (target) => /\.(Send|Receive|Delete)Message(Batch)?$|\.ChangeMessageVisibility(Batch)?$/.test(target);

const attributeBytes = ([name, { DataType = '', StringValue = '', BinaryValue = '' }]) => Buffer.byteLength(name + DataType + StringValue + BinaryValue);
const messageBytes = ({ MessageBody, Body = MessageBody ?? '', MessageAttributes = {} }) =>
  Object.entries(MessageAttributes).reduce((sum, attribute) => sum + attributeBytes(attribute), Buffer.byteLength(Body));

/** Requests of queues. The management of a FIFO queue costs what that of others does. */
export class QueueUse {
  requests = 0;
  fifoRequests = 0;

  add(target, request, answer) {
    const bytes = [request, ...(request.Entries ?? []), ...(answer.Messages ?? [])].reduce((sum, message) => sum + messageBytes(message), 0);
    const requests = Math.max(1, Math.ceil(bytes / chunk));
    if (isMessaging(target) && request.QueueUrl?.endsWith('.fifo')) this.fifoRequests += requests;
    else this.requests += requests;
  }
}

// Those that batches are made of, too.
const reads = ['getItem', 'query', 'scan'];
const writes = ['putItem', 'updateItem', 'deleteItem'];

/**
 * Units of tables, as the emulator computes them: it is asked for them on every call. A write whose condition does not hold is one, too. Must be
 * called before the emulator is loaded, whose actions it replaces.
 */
export function countUnits() {
  const require = createRequire(import.meta.url);
  const use = { readUnits: 0, writeUnits: 0 };
  for (const [actions, unit] of [[reads, 'readUnits'], [writes, 'writeUnits']]) {
    for (const name of actions) {
      const file = require.resolve(`dynalite/actions/${name}.js`);
      const action = require(file);
      require.cache[file].exports = (store, data, done) => {
        const asked = data.ReturnConsumedCapacity ?? 'NONE';
        action(store, asked === 'NONE' ? { ...data, ReturnConsumedCapacity: 'TOTAL' } : data, (error, answer) => {
          if (answer?.ConsumedCapacity) use[unit] += answer.ConsumedCapacity.CapacityUnits;
          else if (error?.body?.__type?.endsWith('#ConditionalCheckFailedException')) use[unit] += 1;
          if (asked === 'NONE') delete answer?.ConsumedCapacity;
          done(error, answer);
        });
      };
    }
  }

  return use;
}

/** Answers `GET /_use` of a server, in front of what it does otherwise. */
export function tellUse(server, use) {
  const [answer] = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.url !== '/_use') return answer(request, response);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(use));
  });
}
