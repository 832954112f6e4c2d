import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Link } from '../site/state/link.js';
import { FakeChat } from './fakes.js';

test('Each state says what is, and what happens next', () => {
  const chat = new FakeChat();
  let now = 0;
  const link = new Link(chat, { now: () => now });
  chat.emit('state', { state: 'connecting' });
  assert.deepEqual(link.describe(), { tone: 'busy', text: 'Connecting …', hint: undefined });
  chat.emit('state', { state: 'open' });
  assert.deepEqual(link.describe(), { tone: 'good', text: 'Connected' });
  chat.emit('state', { state: 'waiting', delay: 3_600, error: new Error('gone') });
  assert.equal(link.describe().countdown, 'Back in 4 s');
  now = 3_000;
  assert.equal(link.describe().countdown, 'Back in 1 s');
  now = 4_000;
  assert.deepEqual(link.describe(), { tone: 'bad', text: 'Not connected.', countdown: 'Back now', hint: undefined });
  chat.emit('state', { state: 'connecting' });
  assert.equal(link.describe().text, 'Connecting again …');
  link.retry();
  assert.equal(chat.connects, 1);
});

test('A token that may be refused is hinted at, because a browser does not tell', () => {
  const chat = new FakeChat();
  const link = new Link(chat, { hasToken: true });
  for (let i = 0; i < 3; i++) chat.emit('state', { state: 'waiting', delay: 100 });
  assert.match(link.describe().hint, /token is refused/);
});

test('Only a refusal ends the session', () => {
  const chat = new FakeChat();
  const link = new Link(chat);
  chat.emit('state', { state: 'closed', error: { code: 'closed' } });
  assert.equal(link.isRefused, false);
  chat.emit('state', { state: 'closed', error: { code: 'unauthorized', message: 'Your token is over.' } });
  assert.deepEqual([link.isRefused, link.reason, link.describe().text], [true, 'Your token is over.', 'Signed out']);
});

test('Why the chat has ended a connection is said until the next one is open', () => {
  const chat = new FakeChat();
  const link = new Link(chat);
  chat.emit('state', { state: 'open' });
  chat.emit('error', { code: 'forbidden', message: 'You are banned until noon.' });
  chat.emit('state', { state: 'waiting', delay: 1_000 });
  assert.equal(link.describe().hint, 'You are banned until noon.');
  chat.emit('state', { state: 'open' });
  chat.emit('state', { state: 'waiting', delay: 1_000 });
  assert.equal(link.describe().hint, undefined);
});
