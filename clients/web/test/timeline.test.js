import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from '../site/state/timeline.js';
import { said } from './fakes.js';

const texts = timeline => timeline.entries.map(({ kind, text, missed }) => (kind === 'gap' ? `missed ${missed ? `${missed.from}-${missed.to}` : 'all'}` : text));
const add = (timeline, ...numbers) => numbers.map(seq => timeline.add(said(seq, { user: 'ada' }, `${seq}`)));

test('Messages are in the order of their numbers, each once, in whatever order they come', () => {
  const timeline = new Timeline();
  add(timeline, 5, 6, 3, 4, 5, 1, 2, 7, 1);
  assert.deepEqual(texts(timeline), ['1', '2', '3', '4', '5', '6', '7']);
});

test('A later epoch follows, whatever its numbers', () => {
  const timeline = new Timeline();
  timeline.add(said(1, {}, 'new', { epoch: 'e2' }));
  add(timeline, 8, 9);
  assert.deepEqual(texts(timeline), ['8', '9', 'new']);
});

test('What was missed stands before what follows it', () => {
  const timeline = new Timeline();
  add(timeline, 1, 2);
  timeline.gap('e1', { from: 3, to: 9 });
  add(timeline, 10);
  timeline.gap('e2', undefined);
  timeline.add(said(1, {}, 'first of the new', { epoch: 'e2' }));
  assert.deepEqual(texts(timeline), ['1', '2', 'missed 3-9', '10', 'missed all', 'first of the new']);
});

test('A message that was removed keeps its place, without its text', () => {
  const timeline = new Timeline();
  const [, entry] = add(timeline, 1, 2);
  timeline.remove(2);
  timeline.remove(7);
  assert.deepEqual([entry.removed, entry.text, entry.version], [true, undefined, 1]);
});

test('The oldest go when there are too many, but not those of a page that was asked for', () => {
  const timeline = new Timeline(3);
  add(timeline, 4, 5, 6, 7);
  assert.deepEqual(texts(timeline), ['5', '6', '7']);
  add(timeline, 3);
  assert.deepEqual(texts(timeline), ['3', '5', '6', '7']);
});

test('Ten thousand messages take no time to speak of, live and as pages of history', () => {
  const timeline = new Timeline();
  for (let seq = 5_001; seq <= 10_000; seq++) add(timeline, seq);
  for (let first = 4_951; first > 0; first -= 50) for (let seq = first; seq < first + 50; seq++) add(timeline, seq);
  assert.deepEqual([timeline.entries.length, timeline.first.seq, timeline.last.seq], [10_000, 1, 10_000]);
});
