import { byId, framed } from './dom.js';

/** The highest field, in pixels; more is scrolled in it. */
const HIGHEST = 160;

/** The field to write in: each conversation keeps what was begun. */
export class Composer {
  #talk;
  #messages;
  #form = byId('composer');
  #field = byId('text');
  #begun = new Map();
  #shown;

  constructor(talk, messages) {
    this.#talk = talk;
    this.#messages = messages;
    talk.changed.watch(framed(() => this.#draw()));
    this.#form.addEventListener('submit', event => this.#send(event));
    this.#field.addEventListener('input', () => this.#fit());
    this.#field.addEventListener('keydown', event => this.#key(event));
  }

  focus() {
    this.#field.focus();
  }

  #draw() {
    const { active } = this.#talk;
    const isRefused = !active.canWrite;
    this.#field.disabled = isRefused;
    this.#form.querySelector('[type=submit]').disabled = isRefused;
    this.#field.placeholder = active.state === 'refused' ? active.error.message : isRefused ? 'Programs do not read.' : `Message to ${this.#talk.titleOf(active)}`;
    if (active === this.#shown) return;
    if (this.#shown) this.#begun.set(this.#shown.id, this.#field.value);
    this.#shown = active;
    this.#field.value = this.#begun.get(active.id) ?? '';
    this.#fit();
  }

  #send(event) {
    event.preventDefault();
    const text = this.#field.value.trim();
    if (text === '' || this.#field.disabled) return;
    this.#field.value = '';
    this.#fit();
    this.#talk.send(this.#shown, text);
    this.#messages.toEnd();
  }

  #key(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.#send(event);
    if (event.key === 'ArrowUp' && this.#field.value === '') {
      event.preventDefault();
      this.#messages.focusLast();
    }
  }

  /** As high as its text. */
  #fit() {
    this.#field.style.height = 'auto';
    this.#field.style.height = `${Math.min(HIGHEST, this.#field.scrollHeight + 2)}px`;
  }
}
