import { randomId } from '../random.js';
import { claimsOf, isModerator } from './claims.js';

const KEY = 'chatevents.session';
/** A token is renewed when less than this part of its life is left. */
const LAST_PART = 1 / 4;

/** Who is signed in, in this tab: a token with what renews it, or a guest. A reload of the page keeps it; a new tab asks again. */
export class Session {
  #storage;
  #issuer;
  #now;
  #state;

  /** @param issuer renews tokens; undefined where nobody can */
  constructor(storage, issuer, now = () => Date.now()) {
    this.#storage = storage;
    this.#issuer = issuer;
    this.#now = now;
    this.#state = JSON.parse(storage.getItem(KEY) ?? 'null') ?? {};
  }

  get token() {
    return this.#state.token;
  }

  get claims() {
    return this.token ? claimsOf(this.token) : undefined;
  }

  get isModerator() {
    return isModerator(this.claims);
  }

  /** Somebody has chosen, or may do without a choice. */
  get isBegun() {
    return Boolean(this.token || this.#state.guest);
  }

  /** A guest's secret name; keeps the guest the same over reloads. */
  get guest() {
    return this.#state.guest;
  }

  signIn({ token, refreshToken }) {
    const claims = claimsOf(token);
    if (!claims) throw new Error('This is no token: it must have three parts with dots in between.');
    if (this.#isOver(claims)) throw new Error('This token is over; get another one.');
    this.#keep({ token, refreshToken, since: this.#now() });
  }

  beGuest() {
    this.#keep({ guest: randomId() });
  }

  end() {
    this.#storage.removeItem(KEY);
    this.#state = {};
  }

  /** For the client, before every connect. `unauthorized` makes the error that ends its attempts. */
  async freshToken(unauthorized) {
    if (!this.token) return undefined;
    const { refreshToken } = this.#state;
    if (refreshToken && this.#issuer && this.#isNearlyOver()) {
      try {
        this.#keep({ since: this.#now(), ...await this.#issuer.refresh(refreshToken) });
      } catch (error) {
        if (error.isFinal) throw unauthorized(error.message);
        if (this.#isOver(this.claims)) throw error; // tried again by the client
      }
    }
    if (this.#isOver(this.claims)) throw unauthorized('Your token is over.');
    return this.token;
  }

  #isOver({ exp }) {
    return exp !== undefined && exp * 1000 <= this.#now();
  }

  #isNearlyOver() {
    const end = this.claims.exp * 1000;
    return end - this.#now() < (end - this.#state.since) * LAST_PART;
  }

  #keep(state) {
    this.#state = state;
    this.#storage.setItem(KEY, JSON.stringify(state));
  }
}
