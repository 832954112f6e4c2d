import { hasIssuer } from '../config.js';
import { byId, make } from './dom.js';

/** The way in: what the chat's settings offer. Calls `enter` when somebody has signed in, or goes on as a guest. */
export class EntryView {
  #config;
  #session;
  #issuer;
  #enter;

  constructor({ config, session, issuer, enter }) {
    this.#config = config;
    this.#session = session;
    this.#issuer = issuer;
    this.#enter = enter;
  }

  show(text = 'Who are you?') {
    const { auth, tokens } = this.#config;
    byId('app').hidden = true;
    byId('entry').hidden = false;
    byId('entry-ways').hidden = false;
    byId('entry-text').textContent = text;
    this.#offer('sign-in', hasIssuer(auth), () => this.#issuer.begin());
    this.#offer('as-guest', auth.mode === 'optional', () => this.#session.beGuest());
    byId('ready-tokens').replaceChildren(...Object.entries(tokens).map(([name, token]) => make('button', {
      type: 'button', className: 'primary', onclick: () => this.#try(() => this.#session.signIn({ token })),
    }, 'Sign in as ', make('bdi', {}, name))));
    const form = byId('token-form');
    form.hidden = false;
    form.onsubmit = event => {
      event.preventDefault();
      this.#try(() => this.#session.signIn({ token: byId('token').value.trim() }));
    };
  }

  #offer(id, isOffered, run) {
    byId(id).hidden = !isOffered;
    byId(id).onclick = () => this.#try(run, id);
  }

  async #try(run, id) {
    try {
      await run();
      byId('token').value = '';
      if (id !== 'sign-in') this.#enter();
    } catch (error) {
      byId('entry-text').textContent = error.message;
    }
  }
}
