// The page, composed: settings, who it is, the client of the protocol, what is shown. State is in state/, and knows nothing of the document.
import { ChatClient, ChatError } from './chatevents.js';
import { Issuer } from './auth/issuer.js';
import { Session } from './auth/session.js';
import { hasIssuer, readConfig } from './config.js';
import { Link } from './state/link.js';
import { Memory } from './state/memory.js';
import { labelOf } from './state/people.js';
import { Talk } from './state/talk.js';
import { Actions } from './view/actions.js';
import { announceHeard } from './view/announcer.js';
import { Composer } from './view/composer.js';
import { showConnection } from './view/connection.js';
import { ConversationsView } from './view/conversations.js';
import { DeveloperView } from './view/developer.js';
import { byId, framed, setText } from './view/dom.js';
import { EntryView } from './view/entry.js';
import { MembersView } from './view/members.js';
import { MessagesView } from './view/messages.js';
import { notify } from './view/notices.js';
import { Wire } from './wire.js';

/** How often the members of the open room are asked for, in milliseconds. */
const MEMBERS_EVERY = 15_000;
/** A join, a leave and a renewed connection show in the members soon after. */
const MEMBERS_SOON = 1_000;

/** One person's chat, until the page is left or the token is over. */
function begin(config, session, onRefused) {
  const wire = new Wire();
  const chat = new ChatClient(config.url, {
    WebSocket: wire.Socket,
    token: session.token ? () => session.freshToken(message => new ChatError('unauthorized', message)) : undefined,
    client: session.guest,
  });
  const who = session.token ? `@${session.claims.sub}` : 'guest';
  // A guest is one in this tab only.
  const memory = new Memory(session.token ? localStorage : sessionStorage, `chatevents ${config.url} ${who}`);
  const talk = new Talk(chat, memory, { isUser: Boolean(session.token), isSeen: () => !document.hidden });
  const link = new Link(chat, { hasToken: Boolean(session.token) });

  const show = view => (byId('app').dataset.view = view);
  const open = go => {
    const going = go();
    show('talk');
    talk.readMembers(talk.active);
    composer.focus();
    return going;
  };
  const actions = new Actions(talk, { isModerator: session.isModerator, openUser: user => open(() => talk.openUser(user)) });
  const messages = new MessagesView(talk, actions);
  const composer = new Composer(talk, messages);
  new ConversationsView(talk, open);
  new MembersView(talk, actions);
  new DeveloperView(talk, wire);
  showConnection(link);
  announceHeard(talk);
  talk.noticed.watch(notify);

  talk.changed.watch(framed(() => {
    setText(byId('talk-title'), talk.titleOf(talk.active));
    byId('leave').hidden = !talk.active.isRoom || talk.active.id === 'everyone';
    byId('members-toggle').hidden = !talk.active.isRoom;
    setText(byId('me'), talk.me ? labelOf(talk.me) : '');
  }));
  byId('leave').addEventListener('click', () => open(() => talk.leave(talk.active)));
  byId('to-conversations').addEventListener('click', () => show('conversations'));
  byId('members-toggle').addEventListener('click', () => {
    const isShown = byId('members').classList.toggle('shown');
    byId('members-toggle').setAttribute('aria-expanded', `${isShown}`);
    show(isShown ? 'members' : 'talk');
    talk.readMembers(talk.active);
  });
  byId('members-close').addEventListener('click', () => byId('members-toggle').click());
  byId('sign-out').hidden = config.auth.mode === 'none';
  byId('sign-out').addEventListener('click', () => {
    memory.flush();
    session.end();
    location.reload();
  });

  const readMembers = () => document.hidden || talk.readMembers(talk.active);
  setInterval(readMembers, MEMBERS_EVERY);
  document.addEventListener('visibilitychange', () => {
    talk.seen();
    readMembers();
  });
  addEventListener('pagehide', () => memory.flush());
  addEventListener('beforeunload', event => talk.outbox.isWaiting && event.preventDefault());
  link.changed.watch(() => {
    if (link.state === 'open') setTimeout(readMembers, MEMBERS_SOON);
    if (link.isRefused) onRefused(link.reason);
  });

  byId('entry').hidden = true;
  byId('app').hidden = false;
  talk.start();
  composer.focus();
  chat.connect().catch(() => {}); // `link` tells
}

async function start() {
  const config = await readConfig(fetch, location);
  const environment = { fetch: (...request) => fetch(...request), location, history, storage: sessionStorage, crypto };
  const issuer = hasIssuer(config.auth) ? new Issuer(config.auth, environment) : undefined;
  const session = new Session(sessionStorage, issuer);
  const enter = () => begin(config, session, reason => {
    session.end();
    // A page that has talked is not made to talk as somebody else: everything begins anew.
    sessionStorage.setItem('chatevents.reason', reason);
    location.reload();
  });
  const entry = new EntryView({ config, session, issuer, enter });
  const reason = sessionStorage.getItem('chatevents.reason');
  sessionStorage.removeItem('chatevents.reason');
  try {
    const signedIn = await issuer?.finish();
    if (signedIn) session.signIn(signedIn);
  } catch (error) {
    return entry.show(error.message);
  }

  if (config.auth.mode === 'none' && !session.guest) session.beGuest();
  if (config.auth.mode === 'none' || session.isBegun) enter();
  else entry.show(reason ?? undefined);
}

start().catch(error => (byId('entry-text').textContent = `The chat cannot be opened: ${error.message}`));
