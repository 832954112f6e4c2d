import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wire } from '../site/wire.js';

class FakeSocket {
  static all = [];
  sent = [];
  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    FakeSocket.all.push(this);
  }
  send(text) {
    this.sent.push(text);
  }
  close() {
    this.isClosed = true;
  }
}

function open() {
  FakeSocket.all = [];
  const wire = new Wire(FakeSocket, () => 0);
  const socket = new wire.Socket('ws://x/', ['chatevents.v1']);
  const events = [];
  for (const name of ['onopen', 'onmessage', 'onclose']) socket[name] = event => events.push([name, event?.data ?? event?.code]);
  const [inner] = FakeSocket.all;
  inner.onopen({});
  return { wire, socket, inner, events };
}

test('Frames go through, and are noted in both directions', () => {
  const { wire, socket, inner, events } = open();
  socket.send('{"action":"ping"}');
  inner.onmessage({ data: '{"type":"pong"}' });
  inner.onclose({ code: 1000 });
  assert.deepEqual([inner.url, inner.protocols, inner.sent], ['ws://x/', ['chatevents.v1'], ['{"action":"ping"}']]);
  assert.deepEqual(events, [['onopen', undefined], ['onmessage', '{"type":"pong"}'], ['onclose', 1000]]);
  assert.deepEqual(wire.frames.map(({ kind, text }) => `${kind} ${text}`), [
    'note A connection is open.', 'out {"action":"ping"}', 'in {"type":"pong"}', 'note A connection has ended with 1000.',
  ]);
  assert.deepEqual(wire.counts, { in: 1, out: 1, connections: 1 });
});

test('A cut wire loses what is on its way, ends what is open, and lets nothing through until it is mended', async () => {
  const { wire, socket, inner, events } = open();
  wire.cut();
  assert.deepEqual(events.at(-1), ['onclose', 1006]);
  assert.ok(inner.isClosed);
  assert.equal(inner.onmessage, null);
  socket.send('lost');
  assert.deepEqual(inner.sent, []);

  const ended = new Promise(resolve => (new wire.Socket('ws://x/', []).onclose = resolve));
  assert.equal((await ended).code, 1006);
  assert.equal(FakeSocket.all.length, 1);
  wire.repair();
  new wire.Socket('ws://x/', []);
  assert.equal(FakeSocket.all.length, 2);
});

test('What is noted does not grow without end', () => {
  const { wire, socket } = open();
  for (let i = 0; i < 1_000; i++) socket.send(`${i}`);
  assert.deepEqual([wire.frames.length, wire.frames.at(-1).text], [500, '999']);
});
