import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../site/state/outbox.js';

test('A message is on its way, accepted, and gone when it is heard', () => {
  const outbox = new Outbox();
  const entry = outbox.add('blue', 'hi');
  assert.deepEqual([entry.state, outbox.isWaiting], ['sending', true]);
  outbox.accepted(entry, 'm1');
  assert.deepEqual([entry.state, outbox.isWaiting], ['accepted', false]);
  outbox.take(entry.id);
  assert.deepEqual(outbox.of('blue'), []);
});

test('A message that is refused after it was accepted has failed, also when the refusal comes first', () => {
  const outbox = new Outbox();
  const [one, two] = [outbox.add('blue', 'one'), outbox.add('blue', 'two')];
  outbox.accepted(one, 'm1');
  assert.ok(outbox.refused('m1', { code: 'rate_limited' }));
  assert.ok(outbox.refused('m2', { code: 'too_large' }));
  outbox.accepted(two, 'm2');
  assert.deepEqual([one, two].map(({ state, error }) => [state, error.code]), [['failed', 'rate_limited'], ['failed', 'too_large']]);
  assert.equal(outbox.refused('m3', {}), false);
});

test('Without an answer it is sent again under its id as long as that is safe, and else under another', () => {
  let now = 0;
  const outbox = new Outbox(() => now);
  const entry = outbox.add('blue', 'hi');
  const { id } = entry;
  outbox.failed(entry, { code: 'timeout' });
  now = 200_000;
  outbox.again(entry);
  assert.deepEqual([entry.id, entry.state, entry.error], [id, 'sending', undefined]);
  outbox.failed(entry, { code: 'timeout' });
  now = 300_000;
  outbox.again(entry);
  assert.notEqual(entry.id, id);
  const next = entry.id;
  outbox.failed(entry, { code: 'rate_limited' }); // its id is taken
  outbox.again(entry);
  assert.notEqual(entry.id, next);
});
