import { byId, make } from './dom.js';

/** A sentence is read aloud, and stays this long, in milliseconds. */
const STAYS = 8_000;

/** Sentences for the person: what was refused, and what a moderator has done. */
export function notify(text) {
  const notice = make('p', { className: 'notice' }, text);
  byId('notices').append(notice);
  setTimeout(() => notice.remove(), STAYS);
}
