import { claimsOf } from './claims.js';

const PENDING = 'chatevents.signing-in';
const DEFAULT_SCOPE = 'openid profile';

/**
 * Signing in at an OpenID Connect provider by the code flow with PKCE, for an application without a secret. `environment` has the browser's
 * `fetch`, `location`, `storage` (of the tab) and `crypto`.
 */
export class Issuer {
  #auth;
  #environment;

  constructor(auth, environment) {
    this.#auth = auth;
    this.#environment = environment;
  }

  /** Leads to the provider; it sends the person back to this page with a code. */
  async begin() {
    const { location, storage, crypto } = this.#environment;
    if (!crypto.subtle) throw new Error('Signing in needs https, or localhost.');
    const { authorization_endpoint } = await this.#discover();
    const [verifier, state, nonce] = [random(crypto), random(crypto), random(crypto)];
    storage.setItem(PENDING, JSON.stringify({ verifier, state, nonce }));
    const url = new URL(authorization_endpoint);
    const { clientId, scope = DEFAULT_SCOPE } = this.#auth;
    const query = {
      response_type: 'code', client_id: clientId, redirect_uri: this.#returnTo, scope, state, nonce,
      code_challenge: await challengeOf(verifier, crypto), code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    if (!this.#takesIdToken) url.searchParams.set('audience', this.#auth.audience[0]);
    location.assign(url.href);
  }

  /** On the way back: resolves to the tokens, or undefined if this is not the way back. Takes code and state out of the address. */
  async finish() {
    const { location, storage, history } = this.#environment;
    const query = new URLSearchParams(location.search);
    if (!query.has('state') || !(query.has('code') || query.has('error'))) return undefined;
    const pending = JSON.parse(storage.getItem(PENDING) ?? 'null');
    storage.removeItem(PENDING);
    history.replaceState(null, '', this.#returnTo);
    if (!pending || pending.state !== query.get('state')) throw new Error('Signing in was not begun here. Try again.');
    if (query.has('error')) throw new Error(query.get('error_description') || `The provider says ${query.get('error')}.`);
    const answer = await this.#ask({
      grant_type: 'authorization_code', code: query.get('code'), redirect_uri: this.#returnTo, code_verifier: pending.verifier,
    });
    if (claimsOf(answer.id_token)?.nonce !== pending.nonce) throw new Error('The token is of another sign-in. Try again.');
    return this.#tokensOf(answer);
  }

  /** Resolves to new tokens; rejects with an error whose `isFinal` says that signing in again is the only way. */
  async refresh(refreshToken) {
    return this.#tokensOf(await this.#ask({ grant_type: 'refresh_token', refresh_token: refreshToken }), refreshToken);
  }

  /** The chat takes tokens for its audience: that of the application itself has the ID token, any other the access token. */
  get #takesIdToken() {
    const { audience = [], clientId } = this.#auth;
    return audience.length === 0 || audience.includes(clientId);
  }

  get #returnTo() {
    const { origin, pathname } = this.#environment.location;
    return origin + pathname;
  }

  #tokensOf({ id_token, access_token, refresh_token }, former) {
    return { token: this.#takesIdToken ? id_token : access_token, refreshToken: refresh_token ?? former };
  }

  async #ask(form) {
    const { token_endpoint } = await this.#discover();
    const answer = await this.#environment.fetch(token_endpoint, { method: 'POST', body: new URLSearchParams({ client_id: this.#auth.clientId, ...form }) });
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    const error = new Error(body.error_description ?? `The provider answered ${answer.status}.`);
    throw Object.assign(error, { isFinal: body.error === 'invalid_grant' });
  }

  async #discover() {
    const { issuer } = this.#auth;
    const answer = await this.#environment.fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (!answer.ok) throw new Error(`The provider answered ${answer.status}.`);
    const found = await answer.json();
    if (found.issuer !== issuer) throw new Error(`The provider calls itself ${found.issuer}, not ${issuer}.`);
    return found;
  }
}

const base64Url = bytes => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const random = crypto => base64Url(crypto.getRandomValues(new Uint8Array(32)));

const challengeOf = async (verifier, crypto) => base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
