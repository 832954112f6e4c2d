import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memory } from '../site/state/memory.js';
import { Talk } from '../site/state/talk.js';
import { FakeChat, FakeStorage, said, settle } from './fakes.js';

const me = { user: 'ada', name: 'Ada' };
const bob = { user: 'bob', name: 'Bob' };

function start({ remembered, isUser = true, isSeen = () => true } = {}) {
  const chat = new FakeChat();
  chat.info = me;
  const storage = new FakeStorage();
  if (remembered) storage.setItem('key', JSON.stringify(remembered));
  const memory = new Memory(storage, 'key', () => {});
  const talk = new Talk(chat, memory, { isUser, isSeen });
  const notices = [];
  talk.noticed.watch(text => notices.push(text));
  talk.start();
  const stored = () => (memory.flush(), JSON.parse(storage.getItem('key')));
  return { chat, talk, notices, stored };
}

const texts = ({ timeline }) => timeline.entries.map(({ text }) => text);

test('Everybody begins in the room of all, with its latest history', async () => {
  const { chat, talk } = start();
  chat.room('everyone').pages.push({ messages: [said(1, bob, 'one'), said(2, bob, 'two')], complete: true, next: null });
  await settle();
  assert.equal(talk.active.id, 'everyone');
  assert.deepEqual(texts(talk.active), ['one', 'two']);
  assert.deepEqual([talk.active.older, talk.active.unread, talk.active.read], ['start', 0, { epoch: 'e1', seq: 2 }]);
});

test('Messages elsewhere are counted until they are looked at, and where the new begin is shown', async () => {
  const { chat, talk } = start();
  await talk.join('blue');
  chat.room('blue').hear(1, bob, 'read');
  talk.open(talk.conversations.get('everyone'));
  chat.room('blue').hear(2, bob, 'unread');
  chat.room('blue').hear(3, me, 'of my other device');
  chat.room('everyone').hear(1, bob, 'here');
  const blue = talk.conversations.get('blue');
  assert.deepEqual([blue.unread, talk.unread, talk.active.unread], [1, 1, 0]);
  talk.open(blue);
  assert.deepEqual([blue.unread, blue.readBefore, blue.read], [0, { epoch: 'e1', seq: 1 }, { epoch: 'e1', seq: 3 }]);
});

test('Nothing is read while the page is not looked at', () => {
  let isSeen = false;
  const { chat, talk } = start({ isSeen: () => isSeen });
  chat.room('everyone').hear(1, bob, 'hi');
  assert.equal(talk.unread, 1);
  isSeen = true;
  talk.seen();
  assert.equal(talk.unread, 0);
});

test('A reload goes on from where it was: rooms, places, what is unread, and which was open', async () => {
  const first = start();
  await first.talk.join('blue');
  first.chat.room('everyone').hear(7, bob, 'unread');
  first.chat.inbox.hear(3, bob, 'direct');
  const remembered = first.stored();
  const { chat, talk } = start({ remembered });
  assert.deepEqual(chat.room('everyone').after, { epoch: 'e1', seq: 7 });
  assert.deepEqual(chat.inbox.after, { epoch: 'e1', seq: 3 });
  assert.equal(talk.active.id, 'blue');
  assert.deepEqual(talk.rooms.map(({ id, unread }) => [id, unread]), [['everyone', 1], ['blue', 0]]);
  assert.deepEqual(talk.direct.map(conversation => [conversation.id, talk.titleOf(conversation), conversation.unread]), [['@bob', 'Bob', 1]]);
});

test('What is remembered may be anything, and does no harm', () => {
  for (const remembered of [17, [], { rooms: {} }, { active: 'nowhere' }]) assert.equal(start({ remembered }).talk.active.id, 'everyone');
});

test('One\'s own message is once in the conversation: on its way, accepted, then heard', async () => {
  const { chat, talk } = start();
  await settle();
  talk.send(talk.active, 'hello');
  const [sent] = chat.sent;
  assert.deepEqual([sent.room, sent.text, sent.data], ['everyone', 'hello', { id: sent.id }]);
  sent.resolve({ messageId: 'm1' });
  await settle();
  assert.equal(talk.outbox.of('everyone')[0].state, 'accepted');
  chat.room('everyone').hear(1, me, 'hello', { data: sent.data });
  assert.deepEqual([talk.outbox.of('everyone'), texts(talk.active)], [[], ['hello']]);
});

test('Nobody else can take a message of mine off its way', () => {
  const { chat, talk } = start();
  talk.send(talk.active, 'hello');
  chat.room('everyone').hear(1, bob, 'ha', { data: chat.sent[0].data });
  assert.equal(talk.outbox.of('everyone').length, 1);
});

test('A message that was not sent says why, and can be sent again or thrown away', async () => {
  const { chat, talk } = start();
  talk.send(talk.active, 'hello');
  chat.sent[0].reject(Object.assign(new Error('There was no answer in time.'), { code: 'timeout' }));
  await settle();
  const [entry] = talk.outbox.entries;
  assert.deepEqual([entry.state, entry.error.message], ['failed', 'There was no answer in time.']);
  talk.again(entry);
  assert.equal(chat.sent[1].id, chat.sent[0].id);
  chat.emit('error', Object.assign(new Error('Too fast.'), { messageId: 'm1' }));
  chat.sent[1].resolve({ messageId: 'm1' });
  await settle();
  assert.deepEqual([entry.state, entry.error.message], ['failed', 'Too fast.']);
  talk.discard(entry);
  assert.deepEqual(talk.outbox.entries, []);
});

test('Direct messages are a conversation per person, in both directions', async () => {
  const { chat, talk } = start();
  await settle();
  chat.inbox.hear(1, bob, 'hi');
  chat.inbox.hear(2, me, 'hi bob', { data: { to: 'bob' } });
  chat.inbox.hear(3, { user: 'cyd' }, 'psst');
  chat.inbox.hear(4, { server: 'billing' }, 'your invoice');
  assert.deepEqual(talk.direct.map(conversation => [conversation.id, texts(conversation)]), [
    ['@bob', ['hi', 'hi bob']], ['@cyd', ['psst']], ['!billing', ['your invoice']],
  ]);
  assert.deepEqual(talk.direct.map(({ canWrite }) => canWrite), [true, true, false]);
  talk.send(talk.openUser('bob'), 'more');
  assert.deepEqual([chat.sent[0].user, chat.sent[0].data.to], ['bob', 'bob']);
});

test('Older direct messages with one person are looked for in what was said with all', async () => {
  const { chat, talk } = start();
  await settle();
  chat.inbox.hear(90, bob, 'now');
  const page = (from, ...numbers) => ({ messages: numbers.map(seq => said(seq, from, `${seq}`)), complete: true, next: () => {} });
  chat.inbox.pages.push(page({ user: 'cyd' }, 70, 71), page({ user: 'cyd' }, 60, 61), page(bob, 50, 51));
  const conversation = talk.conversations.get('@bob');
  await talk.readOlder(conversation);
  assert.deepEqual(texts(conversation), ['50', '51', 'now']);
  assert.deepEqual(chat.inbox.historyAsked.map(({ before }) => before), [undefined, undefined, 70, 60]);
  assert.equal(conversation.older, 'more');
});

test('History is read backwards until its beginning, or until what is kept begins', async () => {
  const { chat, talk } = start();
  const room = chat.room('everyone');
  room.pages.push({ messages: [said(5, bob, '5')], complete: true, next: () => {} }, { messages: [said(3, bob, '3')], complete: false, next: null });
  await settle();
  await talk.readOlder(talk.active);
  assert.deepEqual(texts(talk.active), ['3', '5']);
  assert.equal(talk.active.older, 'gone');
  assert.deepEqual(room.historyAsked[1], { before: 5, epoch: 'e1', limit: 50 });
});

test('What could not be recovered is a line in the conversation', () => {
  const { chat, talk } = start();
  chat.room('everyone').hear(1, bob, 'one');
  chat.room('everyone').tell('discontinuity', { room: 'everyone', recovered: false, missed: { from: 2, to: 5 } });
  assert.deepEqual(talk.active.timeline.last.missed, { from: 2, to: 5 });
});

test('A room that may not be joined says so, can be left, and can be tried again', async () => {
  const { chat, talk } = start();
  chat.room('secret').joined = Promise.reject(new Error('You may not join the room "secret".'));
  await talk.join('secret');
  const secret = talk.conversations.get('secret');
  assert.deepEqual([secret.state, secret.canWrite, secret.error.message], ['refused', false, 'You may not join the room "secret".']);
  chat.room('secret').joined = undefined;
  await talk.join('secret');
  assert.equal(talk.conversations.get('secret').state, 'in');
  await talk.leave(talk.conversations.get('secret'));
  assert.deepEqual([chat.room('secret').isLeft, talk.active.id, talk.conversations.has('secret')], [true, 'everyone', false]);
});

test('A room that is joined again after it was left is heard once', async () => {
  const { chat, talk } = start();
  await talk.join('blue');
  await talk.leave(talk.active);
  await talk.join('blue');
  let heard = 0;
  talk.heard.watch(() => heard++);
  chat.room('blue').hear(1, bob, 'hi');
  assert.equal(heard, 1);
});

test('Members come in pages, and tell the names of users', async () => {
  const { chat, talk } = start();
  await settle();
  chat.room('everyone').memberPages = [{ count: 3, members: [me, bob], next: 'n' }, { count: 3, members: [{ guest: 'guest-x' }], next: null }];
  await talk.readMembers(talk.active);
  assert.deepEqual([talk.active.members.count, talk.active.members.list.length], [3, 3]);
  assert.equal(talk.titleOf(talk.openUser('bob')), 'Bob');
});

test('A moderator is told what was done, and anybody what was refused', async () => {
  const { chat, talk, notices } = start();
  chat.answer = { connections: 2 };
  await talk.moderate('ban', { user: 'mallory' });
  assert.deepEqual(chat.asked, [{ action: 'ban', user: 'mallory', guest: undefined, minutes: 60 }]);
  chat.ask = () => Promise.reject(new Error('Only a moderator can disconnect somebody.'));
  await talk.moderate('disconnect', { guest: 'guest-x' });
  assert.deepEqual(notices, ['mallory is banned for an hour; 2 connections ended.', 'Only a moderator can disconnect somebody.']);
});

test('A guest has no direct messages', () => {
  const { talk, stored } = start({ isUser: false });
  assert.deepEqual([talk.direct, stored().inbox], [[], undefined]);
});
