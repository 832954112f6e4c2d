import { isSame, keyOf, labelOf } from '../state/people.js';
import { byId, make } from './dom.js';

/** What one can do with a message, or with a person: the server has the last word. */
export class Actions {
  #talk;
  #isModerator;
  #openUser;
  #dialog = byId('actions');

  /** @param openUser shows the conversation with a user */
  constructor(talk, { isModerator, openUser }) {
    this.#talk = talk;
    this.#isModerator = isModerator;
    this.#openUser = openUser;
    byId('actions-close').addEventListener('click', () => this.#dialog.close());
    // A click beside the dialog closes it.
    this.#dialog.addEventListener('click', event => event.target === this.#dialog && this.#dialog.close());
  }

  openForMessage(conversation, entry) {
    const isUnheard = entry.kind === 'own';
    const isOwn = isUnheard || isSame(entry.from, this.#talk.me);
    this.#open(isOwn ? 'Your message' : labelOf(entry.from), entry.text ?? '', [
      isUnheard && entry.state === 'failed' && ['Send again', () => this.#talk.again(entry)],
      isUnheard && entry.state === 'failed' && ['Throw away', () => this.#talk.discard(entry)],
      entry.text !== undefined && navigator.clipboard && ['Copy the text', () => navigator.clipboard.writeText(entry.text)],
      !isUnheard && (isOwn || this.#isModerator) && ['Remove the message', () => this.#talk.remove(conversation, entry)],
      ...isOwn ? [] : this.#ofPerson(entry.from),
    ]);
  }

  openForPerson(person) {
    this.#open(labelOf(person), keyOf(person).slice(1), this.#ofPerson(person));
  }

  #ofPerson(person) {
    if (isSame(person, this.#talk.me) || person.server !== undefined) return [];
    const who = { user: person.user, guest: person.guest };
    return [
      person.user !== undefined && this.#talk.me?.user !== undefined && ['Write directly', () => this.#openUser(person.user)],
      this.#isModerator && ['Disconnect', () => this.#talk.moderate('disconnect', who)],
      this.#isModerator && ['Ban for an hour', () => this.#talk.moderate('ban', who)],
    ];
  }

  #open(title, text, actions) {
    byId('actions-title').textContent = title;
    byId('actions-of').textContent = text.length > 200 ? `${text.slice(0, 200)} …` : text;
    byId('actions-list').replaceChildren(...actions.filter(Boolean).map(([label, run]) => make('button', {
      type: 'button',
      onclick: () => {
        this.#dialog.close();
        run();
      },
    }, label)));
    this.#dialog.showModal();
  }
}
