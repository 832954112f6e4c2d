// The functions of the suite where it cannot run them itself: on AWS, and in emulators that start functions from files.
// What they are to do comes with the event (see Functions/Script.cs), and they report each event, either to the address in CONFORMANCE_EVENTS,
// or as a post to the connection that the client's User-Agent names as its observer.
const { request } = require('node:http');

// Longer bodies are reported by their length: a report has to fit into one post.
const longestBody = 1000;

function header(event, name) {
  const found = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return found?.[1];
}

function scriptOf(name, event) {
  try {
    if (name === 'connect') return JSON.parse(header(event, 'x-do') ?? '{}');
    if (name === 'authorize') return JSON.parse(header(event, 'x-authorize') ?? '{}');
    if (name === 'message') return JSON.parse(event.body)?.do ?? {};
  } catch {
    // A message without a script.
  }
  return {};
}

function allow(event) {
  return {
    principalId: 'user-17',
    policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn ?? '*' }] },
  };
}

async function report(name, event) {
  const seen = event.body?.length > longestBody ? { ...event, body: event.body.slice(0, longestBody), bodyLength: event.body.length } : event;
  if (process.env.CONFORMANCE_EVENTS) return await toAddress(new URL(`/events/${name}`, process.env.CONFORMANCE_EVENTS), seen);
  const observer = /observer\/(\S+)/.exec(event.requestContext?.identity?.userAgent ?? '')?.[1];
  if (!observer) return;
  const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require('@aws-sdk/client-apigatewaymanagementapi');
  // The observer is a connection of the main API, which all functions know.
  const client = new ApiGatewayManagementApiClient({ endpoint: process.env.CONFORMANCE_MANAGEMENT });
  await client.send(new PostToConnectionCommand({ ConnectionId: observer, Data: JSON.stringify({ function: name, event: seen }) }));
}

function toAddress(url, seen) {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', headers: { 'content-type': 'application/json' } }, answer => answer.resume().on('end', resolve));
    call.on('error', reject);
    call.end(JSON.stringify(seen));
  });
}

const run = name => async event => {
  await report(name, event);
  const script = scriptOf(name, event);
  if (script.waitMs) await new Promise(resolve => setTimeout(resolve, script.waitMs));
  if (script.throw) throw new Error(script.throw);
  if (script.answer !== undefined) return JSON.parse(script.answer.replaceAll('{{connectionId}}', event.requestContext.connectionId));
  return name === 'authorize' ? allow(event) : { statusCode: 200 };
};

exports.connect = run('connect');
exports.disconnect = run('disconnect');
exports.message = run('message');
exports.authorize = run('authorize');
