import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, open, start } from './client.js';
import { settle, until } from './clock.js';

test('A message is sent with its data, and the promise has its id', async () => {
  const { server, chat } = await open();
  const sent = await chat.room('blue').send('hi', { data: { a: [1] }, id: 'my-id' });
  assert.deepEqual(sent, { id: 'my-id', messageId: 'm-my-id' });
  assert.deepEqual(server.room('blue').log.map(({ message, data }) => [message, data]), [['hi', { a: [1] }]]);
  await chat.sendTo('ada', 'hello');
  assert.deepEqual(server.room('@ada').log.map(({ message }) => message), ['hello']);
});

test('Messages of a room keep their order, one after the other, and wait for the join', async () => {
  const { server, chat } = await start();
  let answer;
  server.answers.onMessage = frame => (answer = server._onMessage(frame)) && undefined;
  const blue = chat.room('blue');
  blue.join();
  const sent = ['1', '2', '3'].map(text => blue.send(text));
  await chat.connect();
  for (let count = 1; count <= 3; count++) {
    await until(() => server.asked('onMessage').length === count);
    await settle();
    assert.equal(server.asked('onMessage').length, count);
    const { id, socket } = server.asked('onMessage')[count - 1];
    socket.send(JSON.stringify({ ...answer, id }));
  }
  await Promise.all(sent);
  assert.deepEqual(server.frames.map(({ action }) => action), ['hello', 'join', 'onMessage', 'onMessage', 'onMessage']);
  assert.deepEqual(server.room('blue').log.map(({ message }) => message), ['1', '2', '3']);
});

test('A message whose answer was lost is sent again with the same id, and is one message', async () => {
  const { server, clock, chat } = await open();
  server.answers.onMessage = frame => void server._onMessage(frame);
  const sent = chat.room('blue').send('once');
  await until(() => server.room('blue').log.length === 1);
  delete server.answers.onMessage;
  server.drop();
  await until(() => chat.state === 'waiting');
  await clock.advance(250);
  const { id, messageId } = await sent;
  assert.deepEqual(server.asked('onMessage').map(frame => frame.id), [id, id]);
  assert.equal(messageId, server.room('blue').log[0].messageId);
  assert.equal(server.room('blue').log.length, 1);
});

test('On a connection that lives, a message without an answer is sent again; on one that is silent, it is given up', async () => {
  const { server, clock, chat } = await open();
  await chat.room('red').join();
  server.answers.onMessage = () => void server.say('red', 'a sign of life');
  const sent = chat.room('blue').send('hi');
  await until(() => server.asked('onMessage').length === 1);
  await clock.advance(10_000);
  assert.equal(chat.state, 'open');
  server.answers.onMessage = () => undefined;
  await clock.advance(1000);
  await until(() => server.asked('onMessage').length === 2);
  delete server.answers.onMessage;
  await clock.advance(10_500);
  await until(() => server.handshakes.length === 2);
  assert.match((await sent).messageId, /^m-/);
  assert.equal(server.asked('onMessage').length, 3);
});

test('A message waits offline and goes out in order when the client is back', async () => {
  const { server, chat } = await start();
  const sent = ['1', '2'].map(text => chat.room('blue').send(text));
  assert.equal(chat.state, 'closed');
  await chat.connect();
  await Promise.all(sent);
  assert.deepEqual(server.room('blue').log.map(({ message }) => message), ['1', '2']);
});

test('Of ten thousand messages sent offline as many wait as may, and the others are told', async () => {
  const { server, clock, chat } = await start();
  const codes = Array.from({ length: 10_000 }, (_, i) => codeOf(chat.room(`room-${i % 50}`).send(`${i}`, { timeout: 200_000 })));
  assert.equal(await codes[1000], 'queue_full');
  await chat.connect();
  let accepted = 0;
  let refused = 0;
  codes.forEach(code => code.then(text => (text === 'queue_full' ? refused++ : accepted++)));
  for (let i = 0; accepted < 1000 && i < 500; i++) await clock.advance(1000);
  assert.deepEqual([accepted, refused], [1000, 9000]);
  for (let i = 0; i < 50; i++) assert.deepEqual(server.room(`room-${i}`).log.map(({ message }) => +message), Array.from({ length: 20 }, (_, n) => n * 50 + i));
  await chat.room('blue').send('there is room again');
});

test('What waited is sent no faster than the server delivers', async () => {
  const { server, clock, chat } = await start();
  server.hello = { limits: { messagesPerSecond: 10 } };
  const sent = Array.from({ length: 40 }, (_, i) => chat.room('blue').send(`${i}`));
  await chat.connect();
  await until(() => server.asked('onMessage').length === 10);
  await settle();
  assert.equal(server.asked('onMessage').length, 10);
  for (let i = 0; i < 10; i++) await clock.advance(100);
  await until(() => server.asked('onMessage').length >= 19);
  assert.ok(server.asked('onMessage').length <= 21, `${server.asked('onMessage').length}`);
  for (let i = 0; i < 25; i++) await clock.advance(100);
  await Promise.all(sent);
});

test('A message whose time is over rejects with timeout and is not sent any more', async () => {
  const { server, clock, chat } = await start();
  const late = codeOf(chat.room('blue').send('late', { timeout: 5_000 }));
  const later = chat.room('blue').send('later', { timeout: 60_000 });
  await clock.advance(5_000);
  assert.equal(await late, 'timeout');
  await chat.connect();
  await later;
  assert.deepEqual(server.room('blue').log.map(({ message }) => message), ['later']);
});

test('However long it may take, a message is not repeated when the server would no longer recognize it', async () => {
  const { server, clock, chat } = await open();
  server.answers.onMessage = frame => void server._onMessage(frame);
  const sent = codeOf(chat.room('blue').send('once', { timeout: 3_600_000 }));
  await until(() => server.asked('onMessage').length === 1);
  server.refusal = 503;
  server.drop();
  await until(() => chat.state === 'waiting');
  for (let i = 0; i < 28; i++) await clock.advance(10_000);
  assert.equal(await sent, 'timeout');
});

test('The server\'s refusals reject with their code; what may pass is tried again', async () => {
  const { server, clock, chat } = await open();
  const answers = [
    { type: 'error', code: 'too_large', error: 'Too large.', expected: { message: 'shorter' } },
    { type: 'error', code: 'unavailable' },
    { type: 'error', code: 'rate_limited', retryAfter: 2 },
  ];
  server.answers.onMessage = frame => answers.shift() ?? server._onMessage(frame);
  const error = await chat.room('blue').send('large').catch(error => error);
  assert.deepEqual([error.name, error.code, error.expected], ['ChatError', 'too_large', { message: 'shorter' }]);
  const sent = chat.room('blue').send('small');
  for (let i = 0; i < 8; i++) await clock.advance(500);
  await sent;
  assert.equal(server.asked('onMessage').length, 4);
});

test('An error of API Gateway, which names no frame, is taken for that of the only frame that waits', async () => {
  const { server, clock, chat } = await open();
  let first = true;
  server.answers.onMessage = (frame, socket) => {
    if (!first) return server._onMessage(frame);
    first = false;
    socket.send('{"message":"Internal server error","connectionId":"x=","requestId":"y="}');
  };
  const sent = chat.room('blue').send('hi');
  for (let i = 0; i < 3; i++) await clock.advance(500);
  await sent;
});

test('A frame that the gateway cuts the connection for is refused, and not sent again', async () => {
  const { server, clock, chat } = await open();
  server.answers.onMessage = ({ message }, socket) => void (message.length > 100 && socket.close(1009));
  const large = codeOf(chat.room('blue').send('x'.repeat(1000)));
  const small = chat.room('red').send('hi');
  assert.equal(await large, 'too_large');
  delete server.answers.onMessage;
  await clock.advance(250);
  await small;
  assert.deepEqual([...server.rooms.keys()], ['red']);
});

test('What the server refuses after it has accepted it is an event', async () => {
  const { server, chat, errors } = await open();
  await chat.room('blue').send('hi', { id: 'x' });
  server.connections[0].send('{"type":"error","code":"rate_limited","messageId":"m-x","error":"Too fast.","retryAfter":1}');
  await until(() => errors.length === 1);
  assert.deepEqual([errors[0].code, errors[0].messageId, errors[0].retryAfter], ['rate_limited', 'm-x', 1]);
});

test('A promise that nobody waits for does not end the process', async () => {
  const { chat } = await open();
  chat.room('blue').send('hi');
  chat.room('blue').remove(1);
  chat.room('blue').join();
  chat.room('blue').leave();
  chat.close();
  chat.connect();
  chat.close();
  await settle();
});

test('Any frame can be asked, and its answer or error is had', async () => {
  const { server, chat } = await open();
  server.answers.ban = ({ user, minutes }) => ({ type: 'banned', user, until: `in ${minutes}` });
  server.answers.unban = () => ({ type: 'error', code: 'forbidden', error: 'Only a moderator can unban somebody.' });
  const { type, user, until } = await chat.ask({ action: 'ban', user: 'mallory', minutes: 60 });
  assert.deepEqual([type, user, until], ['banned', 'mallory', 'in 60']);
  assert.equal(await codeOf(chat.ask({ action: 'unban', user: 'mallory' })), 'forbidden');
});
