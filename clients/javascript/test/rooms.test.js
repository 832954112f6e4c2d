import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, hear, open, start } from './client.js';
import { settle, until } from './clock.js';

/** Drops the connection, lets things happen, and waits until it is back. */
async function away({ server, clock, chat }, happen) {
  server.drop();
  await until(() => chat.state === 'waiting');
  await happen?.();
  await clock.advance(250);
  await until(() => chat.state === 'open');
}

test('What was said while the client was away is heard first, in order and once', async () => {
  const all = await open();
  const { server, chat } = all;
  const { heard, until: untilHeard } = await hear(chat, 'blue');
  server.say('blue', '1');
  await untilHeard(1);
  await away(all, () => {
    for (let i = 2; i <= 250; i++) server.say('blue', `${i}`);
    let first = true;
    server.answers.history = frame => {
      if (first) server.say('blue', '251'); // live, before the hole is filled
      first = false;
      return server._history(frame);
    };
  });
  await untilHeard(251);
  server.say('blue', '252');
  await untilHeard(252);
  assert.deepEqual(heard, Array.from({ length: 252 }, (_, i) => `${i + 1}`));
  assert.deepEqual(server.asked('history').map(({ after, epoch, limit }) => [after, epoch, limit])[0], [1, 'epoch-1', 100]);
});

test('A hole in what is heard live is filled, and what is repeated is not heard again', async () => {
  const { server, chat } = await open();
  const { heard, until: untilHeard } = await hear(chat, 'blue');
  const one = server.say('blue', 'one');
  const two = server.say('blue', 'two', { unheard: true });
  server.say('blue', 'three');
  server.post('blue', one);
  server.post('blue', two);
  server.say('blue', 'four');
  await untilHeard(4);
  await settle();
  assert.deepEqual(heard, ['one', 'two', 'three', 'four']);
  assert.equal(server.asked('history').length, 1);
});

test('Messages that overtake the answer to the join are heard', async () => {
  const { server, chat } = await open();
  server.say('blue', 'before');
  server.answers.join = (frame, socket) => {
    const answer = server._join(frame, socket);
    server.say('blue', 'after');
    return answer;
  };
  const { heard, until: untilHeard } = await hear(chat, 'blue');
  await untilHeard(1);
  await settle();
  assert.deepEqual(heard, ['after']);
});

test('A history that no longer reaches back is told as a discontinuity, before what is left', async () => {
  const all = await open();
  const { server, chat } = all;
  const { room, heard, until: untilHeard } = await hear(chat, 'blue');
  const gaps = [];
  room.on('discontinuity', gap => gaps.push(gap));
  server.say('blue', '1');
  await untilHeard(1);
  await away(all, () => {
    for (let i = 2; i <= 9; i++) server.say('blue', `${i}`);
    server.forgetBefore('blue', 6);
  });
  await untilHeard(6);
  assert.deepEqual(heard, ['1', 'missed 2-5', '6', '7', '8', '9']);
  assert.deepEqual(gaps, [{ room: 'blue', recovered: false, missed: { from: 2, to: 5 } }]);
});

test('When nothing at all is left, what was missed is told and what comes is heard', async () => {
  const all = await open();
  const { server, clock, chat } = all;
  const { heard, until: untilHeard } = await hear(chat, 'blue');
  await away(all, () => {
    for (let i = 1; i <= 3; i++) server.say('blue', `${i}`);
    server.forgetBefore('blue', 4);
  });
  await until(() => server.asked('history').length > 0);
  for (let i = 0; i < 6; i++) await clock.advance(1000);
  await untilHeard(1);
  server.say('blue', '4');
  await untilHeard(2);
  assert.deepEqual(heard, ['missed 1-3', '4']);
});

test('A new epoch is a discontinuity, and all that it has is heard', async () => {
  const all = await open();
  const { server, chat } = all;
  const { heard, until: untilHeard } = await hear(chat, 'blue');
  server.say('blue', 'old');
  await untilHeard(1);
  await away(all, () => {
    server.restart('blue', 'epoch-2');
    server.say('blue', 'new 1');
    server.say('blue', 'new 2');
  });
  await untilHeard(4);
  server.restart('blue', 'epoch-3'); // also while connected
  server.say('blue', 'newest');
  await untilHeard(6);
  server.post('blue', { seq: 2, message: 'late' }, 'epoch-1'); // which no history confirms
  server.say('blue', 'end');
  await untilHeard(7);
  assert.deepEqual(heard, ['old', 'missed all', 'new 1', 'new 2', 'missed all', 'newest', 'end']);
});

test('A room that was empty has its epoch from the first message, and nothing is missed', async () => {
  const all = await open();
  const { server, chat } = all;
  const { heard, until: untilHeard } = await hear(chat, 'blue');
  await away(all, () => server.say('blue', 'first'));
  await untilHeard(1);
  assert.deepEqual(heard, ['first']);
});

test('Messages that were removed leave no hole, and removals are told in their place', async () => {
  const all = await open();
  const { server, chat } = all;
  const { room, heard, until: untilHeard } = await hear(chat, 'blue');
  room.on('removed', ({ seq }) => heard.push(`removed ${seq}`));
  server.say('blue', '1');
  await untilHeard(1);
  await room.remove(1);
  await untilHeard(2);
  await away(all, () => {
    server.say('blue', '2');
    server.say('blue', '3');
    server._remove({ room: 'blue', seq: 2 });
  });
  await untilHeard(3);
  assert.deepEqual(heard, ['1', 'removed 1', '3']);
});

test('A hole is asked for again while the server is not able to answer', async () => {
  const all = await open();
  const { server, clock, chat } = all;
  const { heard, until: untilHeard } = await hear(chat, 'blue');
  const failures = [{ code: 'unavailable' }, { code: 'rate_limited', retryAfter: 3 }, { code: 'not_in_room' }];
  server.answers.history = frame => (failures.length > 0 ? { type: 'error', ...failures.shift() } : server._history(frame));
  await away(all, () => server.say('blue', 'one'));
  for (let i = 0; i < 12; i++) await clock.advance(1000);
  await untilHeard(1);
  assert.deepEqual(heard, ['one']);
});

test('A position that was stored is gone on from', async () => {
  const { server, chat } = await open();
  for (const text of ['1', '2', '3']) server.say('blue', text);
  const heard = [];
  const room = chat.room('blue', { after: { epoch: 'epoch-1', seq: 1 } });
  room.subscribe(({ message }) => heard.push(message));
  await until(() => heard.length === 2);
  assert.deepEqual([heard, room.position], [['2', '3'], { epoch: 'epoch-1', seq: 3 }]);
});

test('A slow handler gets all, one at a time and in order, and memory does not grow with what waits', async () => {
  const { server, chat } = await open();
  const room = chat.room('blue');
  const heard = [];
  let busy = 0;
  let release;
  const held = new Promise(resolve => (release = resolve));
  room.subscribe(async ({ seq }) => {
    assert.equal(++busy, 1);
    if (heard.length === 0) await held;
    heard.push(seq);
    busy--;
  });
  await room.join();
  for (let i = 1; i <= 5000; i++) server.say('blue', 'x');
  await server.post('blue', { seq: 5000 });
  await settle();
  assert.ok(room.position.seq <= 2000, `${room.position.seq} were taken`);
  release();
  await until(() => heard.length === 5000);
  assert.deepEqual(heard, Array.from({ length: 5000 }, (_, i) => i + 1));
});

test('The same handler twice is once, and one that was taken away hears nothing more', async () => {
  const { server, chat } = await open();
  const { until: untilHeard, room } = await hear(chat, 'blue');
  const heard = [];
  const handler = ({ message }) => heard.push(message);
  const stop = room.subscribe(handler);
  room.subscribe(handler);
  server.say('blue', 'one');
  await untilHeard(1);
  stop();
  server.say('blue', 'two');
  await untilHeard(2);
  assert.deepEqual(heard, ['one']);
  assert.equal(server.asked('join').length, 1);
});

test('After leave() nothing is heard, also not after a reconnect; a new join() begins with the present', async () => {
  const all = await open();
  const { server, chat } = all;
  const { room, heard, until: untilHeard } = await hear(chat, 'blue');
  server.say('blue', 'one');
  await untilHeard(1);
  await room.leave();
  await away(all);
  assert.equal(server.asked('join').length, 1);
  server.say('blue', 'two');
  await room.join();
  server.say('blue', 'three');
  await untilHeard(2);
  assert.deepEqual(heard, ['one', 'three']);
});

test('Join, leave and join in one tick end in the room', async () => {
  const { server, chat } = await open();
  const { room, heard, until: untilHeard } = await hear(chat, 'blue');
  room.leave();
  const joined = room.join();
  room.leave();
  await assert.rejects(joined, { code: 'closed' });
  await room.join();
  server.say('blue', 'hello');
  await untilHeard(1);
  assert.deepEqual(heard, ['hello']);
});

test('A room that may not be joined rejects with the code, and is not tried again', async () => {
  const all = await open();
  const { server, chat, errors } = all;
  server.answers.join = () => ({ type: 'error', code: 'forbidden', error: 'You may not join.', requestId: 'r-1' });
  const error = await chat.room('red').join().catch(error => error);
  assert.deepEqual([error.code, error.message, error.requestId], ['forbidden', 'You may not join.', 'r-1']);
  await until(() => errors.length === 1);
  await away(all);
  await settle();
  assert.equal(server.asked('join').length, 1);
});

test('A join is repeated while the server cannot answer, and waits until there is a connection', async () => {
  const { server, clock, chat } = await start();
  const answers = [{ type: 'error', code: 'unavailable' }, { type: 'left' }];
  server.answers.join = (frame, socket) => answers.shift() ?? server._join(frame, socket);
  const joined = chat.room('blue').join();
  await chat.connect();
  for (let i = 0; i < 4; i++) await clock.advance(1000);
  await joined;
  assert.equal(server.asked('join').length, 3);
});

test('History is read backwards, page by page, each from old to new', async () => {
  const { server, chat } = await open();
  for (let i = 1; i <= 7; i++) server.say('blue', `${i}`);
  const pages = [];
  for (let page = await chat.room('blue').history({ limit: 3 }); page; page = await page.next?.()) pages.push(page.messages.map(({ seq }) => seq));
  assert.deepEqual(pages, [[5, 6, 7], [2, 3, 4], [1]]);
});

test('The inbox is the room of the user, without a join', async () => {
  const all = await open();
  const { server, chat } = all;
  server.say('@bob', 'long ago');
  const { heard, until: untilHeard } = await hear(chat, '@');
  server.room('@bob').members.add(server.connections[0]);
  server.say('@bob', 'one');
  await untilHeard(1);
  await away(all, () => server.say('@bob', 'two'));
  await untilHeard(2);
  assert.deepEqual(heard, ['one', 'two']);
  assert.equal(server.asked('join').length, 0);
  assert.equal(chat.inbox, chat.room('@'));
});

test('A message in a page of history is as one that is heard', async () => {
  const { server, chat } = await open();
  server.say('blue', 'hi');
  const { heard } = await hear(chat, 'blue');
  const { messages } = await chat.room('blue').history();
  assert.deepEqual(heard, []);
  assert.deepEqual(messages, [{ ...server.room('blue').log[0], room: 'blue', epoch: 'epoch-1' }]);
});

test('Members are told', async () => {
  const { chat } = await open();
  await chat.room('blue').join();
  assert.deepEqual(await chat.room('blue').members(), { count: 1, members: [{ user: 'bob', connections: 1 }], next: null });
  assert.equal(await codeOf(Promise.resolve()), 'resolved to undefined');
});
