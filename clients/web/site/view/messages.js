import { idBeside, isSame, keyOf, labelOf } from '../state/people.js';
import { byId, framed, make, setText } from './dom.js';
import { dayOf, fullTimeOf, isoOf, plural, timeOf } from './format.js';
import { isAfter } from '../state/timeline.js';

/** So many messages are in the document, around those in view: thousands would make each frame of scrolling slow. */
const SHOWN = 200;
/** So many others take their places when the person comes near the first or last of them. */
const STEP = 80;
/** This near, in pixels. */
const NEAR = 400;
/** Messages of one person within this time have one name above them, in milliseconds. */
const TOGETHER = 5 * 60_000;
/** This near to the end is at the end, in pixels. */
const AT_END = 40;

const OLDER = { more: '', loading: 'Loading older messages …', start: 'This is the beginning.', gone: 'What was said before is no longer kept.' };
const STATES = { sending: 'Sending …', accepted: 'Accepted', heard: 'Heard' };

/** The messages of the open conversation. The document has a part of them, which moves with the person. */
export class MessagesView {
  #talk;
  #actions;
  #log = byId('log');
  #list = byId('messages');
  #older = byId('older');
  #toEnd = byId('to-end');
  #shown; // the conversation
  #below = 0; // messages that came while the person looked at others
  #isAtEnd = true;
  #last; // the last entry of the part while that is not the end
  #part = { isFromStart: true, isToEnd: true };
  #current; // the message that the keyboard is on
  draw = framed(() => this.#draw());

  constructor(talk, actions) {
    this.#talk = talk;
    this.#actions = actions;
    talk.changed.watch(this.draw);
    talk.heard.watch(({ conversation }) => {
      if (conversation === this.#shown && !this.#isAtEnd) this.#below++;
    });
    this.#log.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.#log.addEventListener('keydown', event => this.#key(event));
    this.#list.addEventListener('click', event => this.#click(event));
    this.#list.addEventListener('focusin', event => this.#take(event.target.closest('li')));
    this.#toEnd.addEventListener('click', () => this.toEnd());
    // The window or a drawer has changed the size, or messages that came near are higher than was guessed.
    const sizes = new ResizeObserver(() => this.#isAtEnd && this.#scrollToEnd());
    sizes.observe(this.#log);
    sizes.observe(this.#list);
  }

  toEnd() {
    this.#isAtEnd = true;
    this.draw();
  }

  /** From the field to the newest message, for the keyboard. */
  focusLast() {
    this.#focus(this.#list.lastElementChild);
  }

  #draw() {
    const conversation = this.#talk.active;
    if (conversation !== this.#shown) this.#begin(conversation);
    setText(this.#older, OLDER[conversation.older]);
    const anchor = this.#isAtEnd ? undefined : this.#anchor();
    this.#drawEntries(this.#choosePart([...conversation.timeline.entries, ...this.#talk.outbox.of(conversation.id)]));
    if (this.#isAtEnd) this.#scrollToEnd();
    else if (anchor) this.#log.scrollTop += anchor.element.getBoundingClientRect().top - anchor.top;
    this.#toEnd.hidden = this.#isAtEnd;
    setText(this.#toEnd, this.#below > 0 ? `${plural(this.#below, 'new message')} below` : 'To the newest');
    this.#moveIfNear();
  }

  #begin(conversation) {
    this.#shown = conversation;
    this.#list.replaceChildren();
    this.#isAtEnd = true;
    this.#last = undefined;
    this.#below = 0;
    this.#current = undefined;
  }

  #choosePart(all) {
    const known = this.#isAtEnd || !this.#last ? -1 : all.lastIndexOf(this.#last);
    const to = known < 0 ? all.length : known + 1;
    const from = Math.max(0, to - SHOWN);
    this.#last = this.#isAtEnd ? undefined : all[to - 1];
    this.#part = { all, to, isFromStart: from === 0, isToEnd: to === all.length };
    return all.slice(from, to);
  }

  /** Goes along entries and elements at once. */
  #drawEntries(entries) {
    let element = this.#list.lastElementChild;
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i];
      // What is no longer among the entries: heard by now, thrown away, or another's place.
      while (element && element.entry !== entry && entries.lastIndexOf(element.entry, i) < 0) element = this.#drop(element);
      if (element?.entry !== entry) {
        const made = this.#make(entry);
        if (element) element.after(made);
        else this.#list.prepend(made);
        element = made;
      }
      this.#update(element, entries[i - 1]);
      element = element.previousElementSibling;
    }
    while (element) element = this.#drop(element);
  }

  #drop(element) {
    const previous = element.previousElementSibling;
    if (element.contains(document.activeElement)) this.#log.focus();
    element.remove();
    return previous;
  }

  #make(entry) {
    const element = make('li', { tabIndex: -1, className: entry.kind });
    element.entry = entry;
    return element;
  }

  #update(element, before) {
    const { entry } = element;
    const { readBefore } = this.#shown;
    // Asked of thousands each time, and almost always so.
    if (element.version === entry.version && element.before === before && element.readBefore === readBefore) return;
    Object.assign(element, { version: entry.version, before, readBefore });
    const isTogether = isContinued(entry, before, this.#talk.me);
    const isFirstOfDay = entry.at !== undefined && (before?.at === undefined ? before === undefined : dayOf(before.at) !== dayOf(entry.at));
    const isFirstNew = this.#isFirstNew(entry, before);
    const shown = `${entry.version} ${isTogether} ${isFirstOfDay} ${isFirstNew}`;
    if (element.shown === shown) return;
    element.shown = shown;
    element.classList.toggle('together', isTogether);
    const hadFocus = element.contains(document.activeElement);
    element.replaceChildren(
      ...isFirstOfDay ? [make('div', { className: 'day' }, dayOf(entry.at))] : [],
      ...isFirstNew ? [make('div', { className: 'new' }, 'New')] : [],
      ...this.#contentOf(entry, isTogether),
    );
    if (element === this.#current) this.#reach(element, 0);
    if (hadFocus) element.focus({ preventScroll: true });
  }

  #contentOf(entry, isTogether) {
    if (entry.kind === 'gap') return [make('p', { className: 'missed' }, missedText(entry))];
    const isOwn = entry.kind === 'own' || isSame(entry.from, this.#talk.me);
    const from = entry.kind === 'own' ? this.#talk.me : entry.from;
    return [
      make('div', { className: isTogether ? 'head unseen' : 'head' },
        make('bdi', { className: 'from' }, isOwn ? 'You' : labelOf(from)),
        !isOwn && idBeside(from) !== undefined ? make('bdi', { className: 'quiet' }, ` ${idBeside(from)}`) : undefined,
        ' ',
        make('time', { dateTime: isoOf(entry.at), title: fullTimeOf(entry.at) }, timeOf(entry.at))),
      make('div', { className: 'body', dir: 'auto' }, ...textOf(entry)),
      ...this.#tail(entry, isOwn),
    ];
  }

  #tail(entry, isOwn) {
    if (entry.removed) return [];
    const state = entry.kind === 'own' ? entry.state : isOwn ? 'heard' : undefined;
    const label = isOwn ? entry.text ?? '' : `${labelOf(entry.from)}: ${entry.text ?? ''}`;
    const open = make('button', { type: 'button', className: 'more', tabIndex: -1, title: 'Actions' }, '⋯');
    open.setAttribute('aria-label', `Actions for: ${label.slice(0, 60)}`);
    return [
      make('div', { className: 'tail' },
        state === 'failed' ? make('span', { className: 'failed' }, `Not sent: ${entry.error.message}`) : undefined,
        state && state !== 'failed' ? make('span', { className: `state ${state}`, title: STATES[state] }, make('span', { className: 'unseen' }, STATES[state])) : undefined,
        open),
    ];
  }

  #isFirstNew(entry, before) {
    const read = this.#shown.readBefore;
    return Boolean(read && entry.kind === 'message' && isAfter(entry, read) && (!before || !isAfter(before, read)));
  }

  // ---- Scrolling

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    const wasAtEnd = this.#isAtEnd;
    this.#isAtEnd = this.#part.isToEnd && scrollHeight - scrollTop - clientHeight < AT_END;
    if (this.#isAtEnd) this.#below = 0;
    if (this.#isAtEnd !== wasAtEnd) this.draw();
    this.#moveIfNear();
  }

  #moveIfNear() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    if (scrollTop < NEAR && !this.#part.isFromStart) this.#move(-STEP);
    else if (scrollTop < NEAR && this.#shown?.older === 'more' && this.#shown.state === 'in') this.#talk.readOlder(this.#shown);
    else if (scrollHeight - scrollTop - clientHeight < NEAR && !this.#part.isToEnd) this.#move(STEP);
  }

  #move(step) {
    const { all, to } = this.#part;
    this.#isAtEnd = false;
    this.#last = all[Math.min(all.length, Math.max(SHOWN, to + step)) - 1];
    this.draw();
  }

  #scrollToEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** The first message that is in view: it stays where it is while others come before it. */
  #anchor() {
    const { top } = this.#log.getBoundingClientRect();
    let [low, high] = [0, this.#list.children.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#list.children[middle].getBoundingClientRect().bottom > top) high = middle;
      else low = middle + 1;
    }
    const element = this.#list.children[low];
    return element && { element, top: element.getBoundingClientRect().top };
  }

  // ---- Keyboard and pointer

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const from = document.activeElement.closest('li');
    const to = {
      ArrowUp: from ? from.previousElementSibling : this.#list.lastElementChild,
      ArrowDown: from?.nextElementSibling,
      Home: this.#list.firstElementChild,
      End: this.#list.lastElementChild,
    }[event.key];
    if (to) {
      event.preventDefault();
      this.#focus(to);
    } else if (event.key === 'ArrowDown' && from) {
      event.preventDefault();
      byId('text').focus();
    } else if (event.key === 'Enter' && from && event.target === from) {
      event.preventDefault();
      this.#openActions(from);
    }
  }

  #focus(element) {
    if (!element) return;
    this.#take(element);
    element.focus();
  }

  /** Of thousands of buttons, only that of the current message is reached by Tab. */
  #take(element) {
    if (!element || element === this.#current) return;
    if (this.#current) this.#reach(this.#current, -1);
    this.#current = element;
    this.#reach(element, 0);
  }

  #reach(element, tabIndex) {
    const more = element.querySelector('.more');
    if (more) more.tabIndex = tabIndex;
  }

  #click(event) {
    if (event.target.closest('.more')) this.#openActions(event.target.closest('li'));
  }

  #openActions(element) {
    const { entry } = element;
    if (entry.kind === 'gap' || entry.removed) return;
    this.#actions.openForMessage(this.#shown, entry);
  }
}

function isContinued(entry, before, me) {
  if (!before || before.kind === 'gap' || entry.kind === 'gap' || before.removed || entry.removed) return false;
  const [one, other] = [before, entry].map(({ kind, from }) => (kind === 'own' ? me : from));
  return Boolean(one && other) && keyOf(one) === keyOf(other) && Math.abs(new Date(entry.at) - new Date(before.at)) < TOGETHER;
}

function textOf({ removed, tooLarge, text }) {
  if (removed) return [make('em', {}, 'This message was removed.')];
  if (tooLarge) return [make('em', {}, 'This message is too large to be shown.')];
  return [text];
}

function missedText({ missed }) {
  if (!missed) return 'Messages are missing here: they are no longer kept, and nobody can tell how many.';
  const count = missed.to - missed.from + 1;
  return `${plural(count, 'message')} could not be recovered: no longer kept.`;
}
