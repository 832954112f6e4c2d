import { byId, framed, make, setText, showList } from './dom.js';

/** Rooms and direct conversations, each with what is unread. */
export class ConversationsView {
  #talk;
  #open;
  draw = framed(() => this.#draw());

  /** @param open shows a conversation */
  constructor(talk, open) {
    this.#talk = talk;
    this.#open = open;
    talk.changed.watch(this.draw);
    byId('join-form').addEventListener('submit', event => {
      const name = this.#take(event, 'join-name');
      if (name) open(() => talk.join(name));
    });
    byId('write-form').addEventListener('submit', event => {
      const user = this.#take(event, 'write-to');
      if (user) open(() => talk.openUser(user));
    });
  }

  #take(event, id) {
    event.preventDefault();
    const value = byId(id).value.trim();
    byId(id).value = '';
    return value;
  }

  #draw() {
    this.#show(byId('rooms'), this.#talk.rooms);
    this.#show(byId('direct'), this.#talk.direct);
    byId('direct-section').hidden = this.#talk.me?.user === undefined;
    const { unread } = this.#talk;
    setText(byId('elsewhere'), `${unread}`);
    byId('elsewhere').hidden = unread === 0;
    document.title = unread > 0 ? `(${unread}) ChatEvents` : 'ChatEvents';
  }

  #show(list, conversations) {
    showList(list, conversations, ({ id }) => id, conversation => {
      const name = make('bdi', { className: 'name' });
      const badge = make('span', { className: 'badge' }, make('span', { className: 'unseen' }, ', '), make('span'), make('span', { className: 'unseen' }));
      return make('li', {}, make('button', { type: 'button', onclick: () => this.#open(() => this.#talk.open(this.#talk.conversations.get(conversation.id))) }, name, badge));
    }, (element, conversation) => {
      const [name, badge] = element.firstChild.children;
      setText(name, this.#talk.titleOf(conversation));
      badge.hidden = conversation.unread === 0;
      setText(badge.children[1], `${conversation.unread}`);
      setText(badge.children[2], conversation.unread === 1 ? ' unread message' : ' unread messages');
      const button = element.firstChild;
      button.classList.toggle('refused', conversation.state === 'refused');
      if (conversation === this.#talk.active) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    });
  }
}
