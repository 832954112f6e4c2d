// Preloaded into Amazon's Node runtime client where its native part was not compiled (npm's install scripts are off, and it takes minutes):
// a stand-in for that part alone, which sends answers. Everything else, such as reading AWS_LAMBDA_RUNTIME_API, is Amazon's.
const http = require('node:http');
const Module = require('node:module');

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true });
function post(path, body) {
  const request = http.request({ agent, hostname, port, method: 'POST', path: `/2018-06-01/runtime/invocation/${path}` }, answer => answer.resume());
  request.end(body);
}

const load = Module._load;
Module._load = (name, ...others) => name.endsWith('rapid-client.node')
  ? { initializeClient() {}, done: (id, body) => post(`${id}/response`, body), error: (id, body) => post(`${id}/error`, body) }
  : load(name, ...others);
process.env.AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 = 'true'; // it asks for events with Node's http instead of the native part
