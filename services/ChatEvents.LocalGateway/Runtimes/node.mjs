// Runs a Node handler as Lambda does: finds it, polls the Runtime API for events, and reports results and errors. Started by the gateway.
// One socket and one write per event: the answer to an event is sent with the request for the next one.
import { connect } from 'node:net';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const env = process.env;
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':');
const api = '/2018-06-01/runtime';
const identity = `Host: ${env.AWS_LAMBDA_RUNTIME_API}\r\nEnvironment-Id: ${env.CHATEVENTS_ENVIRONMENT ?? ''}\r\n`;

// The gateway never writes to standard input: its end means that the gateway is gone.
process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume().unref?.();

// Handlers that build the host of their API on AWS themselves, as AWS's own sample does, reach the gateway all the same.
const tls = createRequire(import.meta.url)('node:tls');
const connectTls = tls.connect;
const hostsOnAws = (env.CHATEVENTS_HOSTS_ON_AWS ?? '').split(',');
tls.connect = (options, ...rest) => {
  if (!hostsOnAws.includes(options?.host)) return connectTls(options, ...rest);
  const [host, port] = env.CHATEVENTS_GATEWAY.split(':');
  return connectTls({ ...options, host, port: Number(port), servername: 'localhost' }, ...rest);
};

/** A keep-alive connection for one request at a time. */
class Connection {
  #socket = connect({ host, port: Number(port), noDelay: true });
  #received = Buffer.alloc(0);
  #done = null;

  constructor() {
    this.#socket.on('data', data => this.#read(data));
    this.#socket.on('close', () => process.exit(0)); // the gateway ends its environments by this
    this.#socket.on('error', () => process.exit(0));
  }

  request(method, path, body, headers = '') {
    const text = body ?? '';
    this.#socket.write(`${method} ${api}${path} HTTP/1.1\r\n${identity}${headers}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    return new Promise(done => { this.#done = done; });
  }

  #read(data) {
    this.#received = this.#received.length ? Buffer.concat([this.#received, data]) : data;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.latin1Slice(0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.length < end + 4 + length) return;
    const body = this.#received.utf8Slice(end + 4, end + 4 + length);
    this.#received = this.#received.subarray(end + 4 + length);
    this.#done({ head, body });
  }
}

const header = (head, name) => new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1];

/** The error as the Runtime API takes it. */
function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/** For the gateway's log, where in the handler's code an error was raised: a syntax error has that in the first line of its stack, others in the first frame. */
function placeOf(error) {
  const lines = String(error?.stack ?? '').split('\n');
  const at = /^(?:file:\/\/)?(\/[^\s]*:\d+)$/.exec(lines[0]) ?? lines.map(line => /\(?(?:file:\/\/)?(\/[^\s()]*:\d+):\d+\)?$/.exec(line)).find(Boolean);
  return at && !at[1].includes('node.mjs') ? ` (${at[1]})` : '';
}

async function load() {
  const root = env.LAMBDA_TASK_ROOT ?? process.cwd();
  const [, file, path] = /^([^.]*)\.(.*)$/.exec(basename(env._HANDLER)) ?? [];
  if (!file) throw new Error(`'${env._HANDLER}' is not file.export`);
  const stem = resolve(root, dirname(env._HANDLER), file);
  const found = ['.js', '.mjs', '.cjs'].map(extension => stem + extension).find(existsSync);
  if (!found) throw new Error(`there is no ${stem}.js, .mjs or .cjs`);
  let exported;
  try {
    exported = found.endsWith('.mjs') ? await import(pathToFileURL(found)) : createRequire(join(root, '/'))(found);
  } catch (error) {
    // A .js file of a package with "type": "module".
    if (error?.code !== 'ERR_REQUIRE_ESM') throw error;
    exported = await import(pathToFileURL(found));
  }
  const handler = path.split('.').reduce((value, name) => value?.[name], exported);
  if (typeof handler !== 'function') throw new Error(`${found} exports no function '${path}'`);
  return handler;
}

/** Both styles: a promise is returned, or the callback is called. Any other value that is returned is ignored, as on AWS. */
function run(handler, event, context) {
  return new Promise((done, fail) => {
    context.done = (error, result) => (error ? fail(error) : done(result));
    context.succeed = done;
    context.fail = fail;
    const returned = handler(event, context, context.done);
    if (typeof returned?.then === 'function') return void returned.then(done, fail);
    if (handler.length > 2) return;
    if (returned !== undefined) console.error('The handler is not async, so what it returns is ignored, as on AWS.');
    setImmediate(done, null);
  });
}

function contextOf(head) {
  const deadline = Number(header(head, 'lambda-runtime-deadline-ms'));
  const name = env.AWS_LAMBDA_FUNCTION_NAME;
  env._X_AMZN_TRACE_ID = header(head, 'lambda-runtime-trace-id') ?? '';
  return {
    awsRequestId: header(head, 'lambda-runtime-aws-request-id'),
    invokedFunctionArn: header(head, 'lambda-runtime-invoked-function-arn'),
    functionName: name,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

const gateway = new Connection();
let handler;
try {
  handler = await load();
} catch (error) {
  console.error(error);
  const { errorType, errorMessage, trace } = describe(error);
  const report = JSON.stringify({ errorType, errorMessage, place: placeOf(error), stackTrace: trace });
  await gateway.request('POST', '/init/error', report);
  process.exit(1);
}

// On AWS these end the environment, and fail the event that it handles.
let fatal = null;
for (const kind of ['uncaughtException', 'unhandledRejection']) process.on(kind, error => {
  console.error(error);
  if (fatal) fatal(error); else process.exit(1);
});

let next = await gateway.request('GET', '/invocation/next');
while (true) {
  const context = contextOf(next.head);
  const id = `/invocation/${context.awsRequestId}`;
  let isFatal = false;
  try {
    const crashed = new Promise((_, fail) => { fatal = error => { isFatal = true; fail(error); }; });
    const result = await Promise.race([run(handler, JSON.parse(next.body), context), crashed]);
    next = await gateway.request('POST', `${id}/response`, JSON.stringify(result) ?? 'null', 'Next-Event: true\r\n');
  } catch (error) {
    if (!isFatal) console.error(error);
    const { errorType, errorMessage, trace } = describe(error);
    next = await gateway.request(
      'POST', `${id}/error`, JSON.stringify({ errorType, errorMessage, place: placeOf(error), stackTrace: trace }),
      isFatal ? '' : 'Next-Event: true\r\n');
    if (isFatal) process.exit(1);
  }
}
