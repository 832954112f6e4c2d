import { labelOf } from '../state/people.js';
import { byId } from './dom.js';
import { plural } from './format.js';

/** What comes within this time is announced together, in milliseconds. */
const TOGETHER = 1_000;
const AT_MOST = 3;

/** Tells a screen reader what is heard in the open conversation. The list of messages does not: history comes into it, too. */
export function announceHeard(talk) {
  const region = byId('announcer');
  let waiting = [];
  talk.heard.watch(({ conversation, entry }) => {
    if (conversation !== talk.active) return;
    waiting.push(`${labelOf(entry.from)}: ${entry.text ?? ''}`);
    if (waiting.length > 1) return;
    setTimeout(() => {
      region.textContent = waiting.length > AT_MOST ? `${plural(waiting.length, 'new message')} in ${talk.titleOf(conversation)}` : waiting.join('\n');
      waiting = [];
    }, TOGETHER);
  });
}
