import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError } from '../chatevents.js';
import { codeOf, hear, open, start } from './client.js';
import { until } from './clock.js';

const MINUTE = 60_000;

test('The token is asked before every connect and travels as a sub-protocol', async () => {
  let count = 0;
  const { server, clock, chat, states } = await open({ token: async () => `token-${++count}` });
  assert.deepEqual(server.handshakes[0].protocols, ['chatevents.v1', 'bearer.token-1']);
  assert.equal(server.handshakes[0].query.get('client'), null);
  assert.equal(chat.info.user, 'bob');

  server.drop();
  await until(() => chat.state === 'waiting');
  await clock.advance(250);
  await until(() => chat.state === 'open');
  assert.deepEqual(server.handshakes[1].protocols, ['chatevents.v1', 'bearer.token-2']);
  assert.deepEqual(states, ['connecting', 'open', 'waiting', 'connecting', 'open']);
});

test('A guest has the same name in every handshake', async () => {
  const { server, clock, chat } = await open();
  server.drop();
  await until(() => chat.state === 'waiting');
  await clock.advance(250);
  await until(() => server.handshakes.length === 2);
  const [first, second] = server.handshakes.map(({ query }) => query.get('client'));
  assert.match(first, /^[A-Za-z0-9_.-]{16,64}$/);
  assert.equal(second, first);
});

test('Waits are random up to half a second, doubled each time up to half a minute, and the first again after a success', async () => {
  const { server, clock, chat } = await open({ random: () => 0.999 });
  const waits = [];
  let since;
  let said;
  chat.on('state', ({ state, delay }) => {
    if (state === 'waiting') [since, said] = [clock.now(), delay];
    else assert.equal(delay, undefined);
    if (state === 'connecting') assert.equal(Math.round(said), Math.round(clock.now() - since));
    if (state === 'connecting') waits.push(Math.round((clock.now() - since) / 0.999));
  });
  server.refusal = 503;
  server.drop();
  while (waits.length < 9) {
    await until(() => chat.state === 'waiting');
    await clock.advance(1000);
  }
  assert.deepEqual(waits, [500, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);

  server.refusal = undefined;
  while (chat.state !== 'open') await clock.advance(1000);
  server.drop();
  await until(() => chat.state === 'waiting');
  await clock.advance(500);
  await until(() => chat.state === 'open');
  assert.equal(waits.at(-1), 500);
});

for (const [status, code] of [[401, 'unauthorized'], [403, 'forbidden']]) {
  test(`After ${status} the client goes on only with another token`, async () => {
    let token = 'old';
    const { server, clock, chat } = await start({ token: () => token });
    server.refusal = status;
    const opening = chat.connect();
    await until(() => chat.state === 'waiting');
    token = 'new';
    server.refusal = undefined;
    await clock.advance(250);
    await opening;

    server.refusal = status;
    server.drop();
    await until(() => chat.state === 'waiting');
    await clock.advance(250);
    await until(() => chat.state === 'waiting' && server.handshakes.length === 3);
    await clock.advance(500);
    await until(() => chat.state === 'closed');
    assert.equal(server.handshakes.length, 3, 'the same token is not tried again');
  });

  test(`A guest who is answered ${status} is closed with ${code}`, async () => {
    const { server, chat, states } = await start();
    server.refusal = status;
    assert.equal(await codeOf(chat.connect()), code);
    assert.deepEqual(states, ['connecting', 'closed']);
  });
}

test('A token function that fails is asked again, unless it says that nobody is signed in', async () => {
  const failures = [new Error('offline'), new ChatError('unauthorized', 'Signed out.')];
  const { clock, chat } = await start({ token: () => Promise.reject(failures.shift()) });
  const opening = chat.connect();
  await until(() => chat.state === 'waiting');
  await clock.advance(250);
  assert.equal(await codeOf(opening), 'unauthorized');
});

test('A connection is replaced before its two hours are over, at a random moment, without a moment of none', async () => {
  for (const [random, minutes] of [[0, 115], [0.5, 110], [0.999999, 105]]) {
    const { server, clock, chat, states } = await open({ random: () => random });
    const { heard, until: untilHeard } = await hear(chat, 'blue');
    await clock.advance(minutes * MINUTE - 1000);
    assert.equal(server.handshakes.length, 1);

    server.answers.hello = () => undefined; // the second connection takes its time
    await clock.advance(2000);
    await until(() => server.asked('hello').length === 2);
    server.say('blue', 'by the old one');
    await untilHeard(1);
    delete server.answers.hello;
    await clock.advance(11_000);
    if (random > 0) await clock.advance(500);
    await until(() => server.asked('hello').length >= 3 && server.asked('join').length === 2);
    await until(() => server.connections.length === 1);
    server.say('blue', 'by the new one');
    await untilHeard(2);
    assert.deepEqual(heard, ['by the old one', 'by the new one']);
    assert.deepEqual(states, ['connecting', 'open']);
  }
});

test('While both connections are in a room, each message is heard once', async () => {
  const { server, clock, chat } = await open();
  const { heard, until: untilHeard } = await hear(chat, 'blue');
  let held;
  server.answers.join = (frame, socket) => {
    held ??= () => server.connections.at(-1).send(JSON.stringify({ id: frame.id, ...server._join(frame, socket) }));
    server._join(frame, socket);
    return undefined;
  };
  await clock.advance(110 * MINUTE);
  await until(() => held && server.room('blue').members.size === 2);
  for (const text of ['one', 'two', 'three']) server.say('blue', text);
  await untilHeard(3);
  delete server.answers.join;
  held();
  await until(() => server.connections.length === 1);
  server.say('blue', 'four');
  await untilHeard(4);
  assert.deepEqual(heard, ['one', 'two', 'three', 'four']);
});

test('A connection that ends with its token is replaced in time, with the next token', async () => {
  const tokens = ['first', 'second'];
  const { server, clock, chat, states } = await start({ token: () => tokens.shift() });
  server.hello = { expiresAt: '2026-01-01T00:24:00Z' };
  await chat.connect();
  await clock.advance(22 * MINUTE - 1000);
  assert.equal(server.handshakes.length, 1);
  await clock.advance(2000);
  await until(() => server.asked('hello').length === 2 && server.connections.length === 1);
  assert.equal(server.handshakes[1].protocols[1], 'bearer.second');
  assert.deepEqual(states, ['connecting', 'open']);
});

test('Of the time of a token that ends within seconds, half is left to connect', async () => {
  const { server, clock, chat } = await start({ maxDelay: 1000 });
  server.hello = { expiresAt: '2026-01-01T00:00:06Z' };
  await chat.connect();
  await clock.advance(2_900);
  assert.equal(server.handshakes.length, 1);
  await clock.advance(200);
  await until(() => server.asked('hello').length === 2);
});

test('A server that ends a connection whose time is over is connected to again at once', async () => {
  const { server, clock, chat, states } = await open();
  server.refusal = 503; // no renewal succeeds
  await clock.advance(111 * MINUTE);
  await until(() => server.handshakes.length > 1);
  assert.equal(chat.state, 'open');
  await clock.advance(5 * MINUTE);
  server.refusal = undefined;
  server.drop(1001);
  await until(() => chat.state === 'open' && states.length > 2);
  assert.ok(!states.includes('waiting'), states.join());
});

test('After nine minutes of silence a ping goes out, and one that is not answered ends the connection', async () => {
  const { server, clock, chat } = await open();
  await clock.advance(5 * MINUTE);
  await chat.room('blue').join();
  await clock.advance(9 * MINUTE - 1000);
  assert.equal(server.asked('ping').length, 0);
  await clock.advance(2000);
  await until(() => server.asked('ping').length === 1);

  server.answers.ping = () => undefined;
  await clock.advance(9 * MINUTE);
  await until(() => server.asked('ping').length === 2);
  await clock.advance(8_000); // it was sent up to a second ago
  assert.equal(server.connections.length, 1);
  assert.equal(chat.state, 'open');
  await clock.advance(3_000);
  await clock.advance(500);
  await until(() => chat.state === 'open' && server.handshakes.length === 2);
});

test('A handshake that is not answered is given up', async () => {
  const { server, clock, chat, states } = await start();
  server.answers.hello = () => undefined;
  chat.connect();
  await until(() => server.asked('hello').length === 1);
  await clock.advance(10_000);
  await until(() => states.includes('waiting'));
});

test('After a sleep the connection is asked at once, and one that was silent for too long is given up', async () => {
  const { server, clock, chat, states } = await open();
  clock.sleep(4 * MINUTE);
  await clock.advance(31_000);
  await until(() => server.asked('ping').length === 1);
  assert.equal(chat.state, 'open');

  server.answers.ping = () => assert.fail('nobody would answer');
  clock.sleep(8 * 60 * MINUTE);
  await clock.advance(31_000);
  await until(() => server.handshakes.length === 2 && chat.state === 'open');
  assert.deepEqual(states, ['connecting', 'open', 'connecting', 'open']);
});

test('A sleep ends the wait for the next attempt, and the time of what was to be sent', async () => {
  const { server, clock, chat } = await open();
  server.refusal = 503;
  server.drop();
  await until(() => chat.state === 'waiting');
  for (let i = 0; i < 12; i++) await clock.advance(20_000);
  await until(() => chat.state === 'waiting');
  const sent = codeOf(chat.room('blue').send('hello'));
  server.refusal = undefined;
  clock.sleep(60 * MINUTE);
  await clock.advance(30_000);
  await until(() => chat.state === 'open');
  assert.equal(await sent, 'timeout');
  assert.equal(server.asked('onMessage').length, 0);
});

test('connect() while waiting tries at once, and is the same promise', async () => {
  const { server, chat, states } = await start();
  server.refusal = 503;
  const opening = chat.connect();
  await until(() => chat.state === 'waiting');
  server.refusal = undefined;
  assert.equal(chat.connect(), opening);
  await opening;
  assert.deepEqual(states, ['connecting', 'waiting', 'connecting', 'open']);
});

test('close() ends every promise, and connect() begins again and goes on where the rooms were', async () => {
  const { server, chat, states } = await open();
  const { heard, until: untilHeard } = await hear(chat, 'blue');
  server.answers.onMessage = server.answers.who = () => undefined;
  const pending = [chat.room('blue').send('one'), chat.room('blue').send('two'), chat.room('blue').members()].map(codeOf);
  chat.close();
  assert.deepEqual(await Promise.all(pending), ['closed', 'closed', 'closed']);
  assert.equal(chat.state, 'closed');
  await until(() => server.connections.length === 0);
  server.say('blue', 'in between');
  await chat.connect();
  await untilHeard(1);
  assert.deepEqual(heard, ['in between']);
  assert.deepEqual(states, ['connecting', 'open', 'closed', 'connecting', 'open']);
});

test('close() in the midst of a handshake leaves no connection behind', async () => {
  const { server, chat } = await start();
  const opening = codeOf(chat.connect());
  chat.close();
  assert.equal(await opening, 'closed');
  await chat.connect();
  await until(() => server.connections.length === 1);
});

test('A handler that throws stops neither the client nor other handlers', async () => {
  const { server, chat, errors } = await open();
  chat.on('state', () => assert.fail('of a state'));
  const { room, until: untilHeard } = await hear(chat, 'blue');
  room.on('message', () => assert.fail('of a message'));
  room.on('message', () => Promise.reject(new Error('of a promise')));
  server.say('blue', 'one');
  server.say('blue', 'two');
  await untilHeard(2);
  await until(() => errors.length === 4);
  chat.close();
  assert.deepEqual(errors.map(({ message }) => message).sort(), ['of a message', 'of a message', 'of a promise', 'of a promise', 'of a state']);
});

test('Frames that nobody understands are ignored', async () => {
  const { server, chat } = await open();
  const { until: untilHeard } = await hear(chat, 'blue');
  for (const nonsense of ['', 'Echo: hi', 'null', '1', '[]', '"x"', '{}', '{"type":"message"}', '{"type":"message","room":"red"}', '{"type":"news"}', '{"id":"7"}']) {
    server.connections[0].send(nonsense);
  }
  server.say('blue', 'hello');
  await untilHeard(1);
});

test('Without a WebSocket the constructor says what to do', async () => {
  const { chat } = await start();
  assert.throws(() => new chat.constructor('ws://localhost', { WebSocket: undefined }), /package ws/);
  assert.throws(() => new chat.constructor('nonsense', { WebSocket: class {} }), /Invalid URL/);
});
