import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsOf, isModerator } from '../site/auth/claims.js';
import { Issuer } from '../site/auth/issuer.js';
import { Session } from '../site/auth/session.js';
import { hasIssuer, readConfig } from '../site/config.js';
import { FakeStorage, tokenOf } from './fakes.js';

const ISSUER = 'https://login.example.com/';

/** A provider, and a browser that goes to it and comes back. */
function browser({ audience = ['page'], refuses } = {}) {
  const provider = { asked: [], nonce: undefined };
  const location = { origin: 'https://chat.example.com', pathname: '/', search: '', href: 'https://chat.example.com/' };
  location.assign = url => (provider.url = new URL(url));
  const fetch = async (url, options) => {
    const answer = (body, ok = true) => ({ ok, status: ok ? 200 : 400, json: async () => body });
    if (url === 'https://login.example.com/.well-known/openid-configuration') {
      return answer({ issuer: provider.name ?? ISSUER, authorization_endpoint: 'https://login.example.com/go?tenant=1', token_endpoint: 'https://login.example.com/token' });
    }
    provider.asked.push(Object.fromEntries(options.body));
    return refuses ? answer({ error: refuses }, false) : answer({
      id_token: tokenOf({ sub: 'ada', nonce: provider.nonce, exp: 4e9 }), access_token: tokenOf({ sub: 'ada', scope: 'x' }), refresh_token: 'r1',
    });
  };
  const environment = { fetch, location, storage: new FakeStorage(), crypto, history: { replaceState: (...args) => (provider.address = args[2]) } };
  const issuer = new Issuer({ issuer: ISSUER, clientId: 'page', audience }, environment);
  const comeBack = (query = {}) => {
    const { searchParams } = provider.url;
    provider.nonce ??= searchParams.get('nonce');
    location.search = `?${new URLSearchParams({ code: 'c1', state: searchParams.get('state'), ...query })}`;
    return issuer.finish();
  };
  return { provider, issuer, environment, location, comeBack };
}

test('Signing in is the code flow with a challenge, which the page proves when it comes back', async () => {
  const { provider, issuer, comeBack } = browser();
  await issuer.begin();
  const query = Object.fromEntries(provider.url.searchParams);
  assert.deepEqual(
    [query.tenant, query.response_type, query.client_id, query.redirect_uri, query.scope, query.code_challenge_method, query.audience],
    ['1', 'code', 'page', 'https://chat.example.com/', 'openid profile', 'S256', undefined]);

  const { token, refreshToken } = await comeBack();
  const [{ code, code_verifier, grant_type, client_id }] = provider.asked;
  assert.deepEqual([code, grant_type, client_id], ['c1', 'authorization_code', 'page']);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code_verifier));
  assert.equal(Buffer.from(digest).toString('base64url'), query.code_challenge);
  assert.deepEqual([claimsOf(token).sub, claimsOf(token).nonce, refreshToken], ['ada', query.nonce, 'r1']);
  assert.equal(provider.address, 'https://chat.example.com/');
});

test('A chat that is another audience than the page gets the access token', async () => {
  const { provider, issuer, comeBack } = browser({ audience: ['https://chat.example.com'] });
  await issuer.begin();
  assert.equal(provider.url.searchParams.get('audience'), 'https://chat.example.com');
  assert.equal(claimsOf((await comeBack()).token).scope, 'x');
});

test('A way back that was not begun here, or is of another sign-in, or of another provider, is refused', async () => {
  const one = browser();
  await one.issuer.begin();
  await assert.rejects(one.comeBack({ state: 'other' }), /not begun here/);
  await assert.rejects(one.comeBack(), /not begun here/); // once only

  const two = browser();
  await two.issuer.begin();
  two.provider.nonce = 'other';
  await assert.rejects(two.comeBack(), /another sign-in/);

  const three = browser();
  three.provider.name = 'https://evil.example.com/';
  await assert.rejects(three.issuer.begin(), /calls itself/);

  const four = browser();
  await four.issuer.begin();
  await assert.rejects(four.comeBack({ error: 'access_denied', error_description: 'You said no.' }), /You said no/);
});

test('Any other address is no way back', async () => {
  const { issuer, location } = browser();
  location.search = '?room=blue';
  assert.equal(await issuer.finish(), undefined);
});

test('A token is renewed in the last quarter of its life, and the session ends when that is refused for good', async () => {
  let now = 0;
  let refusal;
  const issuer = { refresh: async token => {
    if (refusal) throw refusal;
    return { token: tokenOf({ sub: 'ada', exp: 7_200 }), refreshToken: `${token}+` };
  } };
  const session = new Session(new FakeStorage(), issuer, () => now);
  const unauthorized = message => Object.assign(new Error(message), { code: 'unauthorized' });
  session.signIn({ token: tokenOf({ sub: 'ada', exp: 3_600 }), refreshToken: 'r' });
  now = 2_600_000;
  assert.equal(claimsOf(await session.freshToken(unauthorized)).exp, 3_600);
  now = 2_800_000;
  assert.equal(claimsOf(await session.freshToken(unauthorized)).exp, 7_200);

  now = 7_000_000;
  refusal = new Error('The provider answered 503.');
  assert.equal(claimsOf(await session.freshToken(unauthorized)).exp, 7_200); // still good
  now = 7_300_000;
  await assert.rejects(session.freshToken(unauthorized), /503/); // tried again
  refusal.isFinal = true;
  await assert.rejects(session.freshToken(unauthorized), { code: 'unauthorized' });
});

test('A session lasts over a reload, as user or as guest, until it is ended', async () => {
  const storage = new FakeStorage();
  const session = new Session(storage);
  assert.equal(session.isBegun, false);
  session.beGuest();
  assert.match(new Session(storage).guest, /^[0-9a-f]{32}$/);
  assert.equal(await session.freshToken(), undefined);
  session.signIn({ token: tokenOf({ sub: 'mona', chat_role: 'moderator' }) });
  assert.deepEqual([new Session(storage).isModerator, new Session(storage).guest], [true, undefined]);
  session.end();
  assert.equal(new Session(storage).isBegun, false);
});

test('What is no token, or is over, is refused before anything is tried with it', () => {
  const session = new Session(new FakeStorage(), undefined, () => 10_000);
  assert.throws(() => session.signIn({ token: 'hello' }), /no token/);
  assert.throws(() => session.signIn({ token: tokenOf({ sub: 'ada', exp: 9 }) }), /over/);
});

test('Claims are read as they are, in any language, and the role alone or in a list', () => {
  assert.equal(claimsOf(tokenOf({ name: 'Zoë 👋' })).name, 'Zoë 👋');
  assert.equal(claimsOf('a.b'), undefined);
  assert.deepEqual([{ chat_role: ['x', 'moderator'] }, { chat_role: 'moderator' }, { chat_role: 'mod' }, {}, undefined].map(isModerator), [true, true, false, false, false]);
});

test('The configuration may name the chat by a path or a URL', async () => {
  const read = (config, href) => readConfig(async () => ({ ok: true, json: async () => config }), { href });
  assert.equal((await read({ url: '/local' }, 'http://localhost:8080/')).url, 'ws://localhost:8080/local');
  assert.equal((await read({ url: '/local' }, 'https://h/')).url, 'wss://h/local');
  const { url, auth, tokens } = await read({ url: 'wss://api.example.com/prod' }, 'https://d1.cloudfront.net/');
  assert.deepEqual([url, auth.mode, tokens, hasIssuer(auth)], ['wss://api.example.com/prod', 'none', {}, false]);
  await assert.rejects(readConfig(async () => ({ ok: false, status: 403 }), { href: 'https://h/' }), /403/);
});
