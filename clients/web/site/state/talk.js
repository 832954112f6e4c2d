import { Signal } from '../signal.js';
import { Conversation } from './conversation.js';
import { Outbox } from './outbox.js';
import { isSame, keyOf } from './people.js';

const EVERYONE = 'everyone';
const PAGE = 50;
/** So many pages of the inbox are looked through for older messages of one person, each time. */
const PAGES_FOR_ONE = 5;
/** So many members are shown; 50 are on a page. */
const MEMBER_PAGES = 4;
const BAN_MINUTES = 60;

/** All conversations of one person, as the client of the protocol hears them. It knows nothing of a document. */
export class Talk {
  /** Something to show has changed. */
  changed = new Signal();
  /** A message of somebody else was heard: `{ conversation, entry }`. */
  heard = new Signal();
  /** A sentence for the person. */
  noticed = new Signal();

  conversations = new Map();
  active;
  outbox;
  #chat;
  #memory;
  #isSeen;
  #isUser;
  #names = new Map(); // of users, as they last called themselves
  #oldestDirect; // of the inbox, which all direct conversations share
  #stops = new Map(); // of rooms: what ends hearing them

  /**
   * @param chat the client, not connected yet
   * @param memory what was remembered
   * @param options.isUser whether there is a token; guests have no direct messages
   * @param options.isSeen whether the person can see the page now
   */
  constructor(chat, memory, { isUser = false, isSeen = () => true, now } = {}) {
    this.#chat = chat;
    this.#memory = memory;
    this.#isUser = isUser;
    this.#isSeen = isSeen;
    this.outbox = new Outbox(now);
  }

  get me() {
    return this.#chat.info;
  }

  get rooms() {
    return [...this.conversations.values()].filter(({ isRoom }) => isRoom);
  }

  get direct() {
    return [...this.conversations.values()].filter(({ isRoom }) => !isRoom);
  }

  get unread() {
    return [...this.conversations.values()].reduce((sum, { unread }) => sum + unread, 0);
  }

  /** As people call it. */
  titleOf(conversation) {
    return conversation.isRoom ? conversation.id : this.#names.get(conversation.id) ?? conversation.id.slice(1);
  }

  start() {
    const { rooms = { [EVERYONE]: {} }, direct = {}, inbox, active } = this.#memory.read();
    this.#chat.on('error', error => this.#refused(error));
    for (const [name, remembered] of Object.entries({ [EVERYONE]: {}, ...rooms })) this.#enter(name, remembered);
    if (this.#isUser) {
      this.#openInbox(inbox);
      for (const [id, { name, ...remembered }] of Object.entries(direct)) {
        if (name) this.#names.set(id, name);
        Object.assign(this.#directly(id), remembered);
      }
    }
    this.open(this.conversations.get(active) ?? this.conversations.get(EVERYONE));
  }

  open(conversation) {
    if (this.active === conversation) return;
    if (this.active) this.active.readBefore = undefined;
    this.active = conversation;
    conversation.readBefore = conversation.unread > 0 ? conversation.read : undefined;
    if (conversation.timeline.entries.length < PAGE && conversation.state === 'in') this.readOlder(conversation);
    this.seen();
  }

  /** The person looks at the page. */
  seen() {
    if (this.active && this.#isSeen()) this.active.markRead();
    this.#remember();
  }

  /** Resolves when one is in the room, or knows why not. */
  async join(name) {
    const { conversation, joined } = this.#enter(name);
    this.open(conversation);
    await joined;
  }

  async leave(conversation) {
    for (const stop of this.#stops.get(conversation.id) ?? []) stop();
    this.#stops.delete(conversation.id);
    this.conversations.delete(conversation.id);
    if (this.active === conversation) this.open(this.conversations.get(EVERYONE));
    this.#remember();
    if (conversation.state !== 'refused') await this.#telling(conversation.room.leave());
  }

  openUser(user) {
    const conversation = this.#directly(`@${user}`);
    this.open(conversation);
    return conversation;
  }

  send(conversation, text) {
    return this.#post(conversation, this.outbox.add(conversation.id, text));
  }

  again(entry) {
    this.outbox.again(entry);
    return this.#post(this.conversations.get(entry.conversation), entry);
  }

  discard(entry) {
    this.outbox.take(entry.id);
    this.changed.tell();
  }

  async remove(conversation, entry) {
    await this.#telling(conversation.room.remove(entry.seq));
  }

  /** `disconnect` or `ban`, of a user or guest. */
  async moderate(action, { user, guest }) {
    const answer = await this.#telling(this.#chat.ask({ action, user, guest, minutes: action === 'ban' ? BAN_MINUTES : undefined }));
    if (!answer) return;
    const ended = `${answer.connections} ${answer.connections === 1 ? 'connection' : 'connections'} ended.`;
    this.noticed.tell(action === 'ban' ? `${user ?? guest} is banned for an hour; ${ended}` : `${user ?? guest}: ${ended}`);
  }

  async readMembers(conversation) {
    if (!conversation?.isRoom || conversation.state !== 'in') return;
    try {
      let page = await conversation.room.members();
      const members = [...page.members];
      for (let pages = 1; page.next && pages < MEMBER_PAGES; pages++) members.push(...(page = await conversation.room.members({ next: page.next })).members);
      for (const member of members) this.#learnName(member);
      conversation.members = { count: page.count, atLeast: page.atLeast, list: members };
    } catch {
      conversation.members = undefined; // asked again soon
    }
    this.changed.tell();
  }

  async readOlder(conversation) {
    if (conversation.older !== 'more') return;
    conversation.older = 'loading';
    this.changed.tell();
    try {
      conversation.older = await (conversation.isRoom ? this.#readOlderOfRoom(conversation) : this.#readOlderOfInbox(conversation));
    } catch (error) {
      conversation.older = 'more';
      if (error.code !== 'closed') this.noticed.tell(`Older messages could not be read: ${error.message}`);
    }
    if (conversation === this.active) this.seen();
    this.changed.tell();
  }

  // ---- Hearing

  #enter(name, { position, read, unread = 0 } = {}) {
    const known = this.conversations.get(name);
    if (known && known.state !== 'refused') return { conversation: known, joined: Promise.resolve() };
    for (const stop of this.#stops.get(name) ?? []) stop();
    const room = this.#chat.room(name, { after: position });
    const conversation = Object.assign(new Conversation(name, room), { read, unread });
    this.conversations.set(name, conversation);
    this.#stops.set(name, [
      room.on('message', message => this.#hear(conversation, message)),
      room.on('removed', ({ seq }) => this.#removed(conversation, seq)),
      room.on('discontinuity', ({ missed }) => this.#missed(conversation, missed)),
    ]);
    return { conversation, joined: this.#joined(conversation, room.join()) };
  }

  async #joined(conversation, joined) {
    try {
      await joined;
      conversation.state = 'in';
      if (conversation === this.active) {
        this.readOlder(conversation);
        this.readMembers(conversation);
      }
    } catch (error) {
      if (this.conversations.get(conversation.id) !== conversation) return; // left meanwhile
      Object.assign(conversation, { state: 'refused', error });
    }
    this.#remember();
  }

  #openInbox({ position } = {}) {
    const inbox = this.#chat.room('@', { after: position });
    inbox.on('message', message => this.#hear(this.#directly(this.#peerOf(message)), message));
    inbox.on('removed', ({ seq }) => this.direct.forEach(conversation => this.#removed(conversation, seq)));
    inbox.on('discontinuity', ({ missed }) => this.direct.forEach(conversation => this.#missed(conversation, missed)));
    inbox.join().then(async () => {
      for (const conversation of this.direct) conversation.state = 'in';
      await this.#readInbox();
      this.#remember();
    }).catch(error => error.code !== 'closed' && this.noticed.tell(`Direct messages: ${error.message}`));
  }

  #directly(id) {
    if (!this.conversations.has(id)) {
      const conversation = new Conversation(id, this.#chat.inbox);
      conversation.state = this.me ? 'in' : 'joining';
      this.conversations.set(id, conversation);
    }
    return this.conversations.get(id);
  }

  /** Whom a message of the inbox is to or from. The page says in `data` whom it writes to; other programs may not. */
  #peerOf({ from, data }) {
    if (!isSame(from, this.me)) return keyOf(from);
    return typeof data?.to === 'string' ? `@${data.to}` : keyOf(this.me);
  }

  #hear(conversation, message) {
    const entry = this.#add(conversation, message);
    if (!entry) return;
    const isOwn = isSame(message.from, this.me);
    if (conversation === this.active && this.#isSeen()) conversation.markRead();
    else if (!isOwn) conversation.unread++;
    if (!isOwn) this.heard.tell({ conversation, entry });
    this.#remember();
  }

  #add(conversation, message) {
    if (isSame(message.from, this.me) && typeof message.data?.id === 'string') this.outbox.take(message.data.id);
    if (message.from) this.#learnName(message.from);
    return conversation.timeline.add(message);
  }

  #removed(conversation, seq) {
    conversation.timeline.remove(seq);
    this.changed.tell();
  }

  #missed(conversation, missed) {
    conversation.timeline.gap(conversation.room.position?.epoch, missed);
    this.#remember();
  }

  #learnName({ user, name }) {
    if (user !== undefined && name !== undefined) this.#names.set(`@${user}`, name);
  }

  // ---- History

  async #readOlderOfRoom(conversation) {
    const first = conversation.timeline.first;
    const page = await conversation.room.history({ before: first?.seq, epoch: first?.epoch, limit: PAGE });
    return this.#addPage(page, first, message => this.#add(conversation, message));
  }

  async #readOlderOfInbox(conversation) {
    const before = conversation.timeline.first;
    for (let pages = 0, older = 'more'; older === 'more' && pages < PAGES_FOR_ONE && conversation.timeline.first === before; pages++) {
      if ((older = await this.#readInbox()) !== 'more') return older;
    }
    return 'more';
  }

  async #readInbox() {
    const first = this.#oldestDirect;
    const page = await this.#chat.inbox.history({ before: first?.seq, epoch: first?.epoch, limit: PAGE });
    if (page.messages.length > 0) this.#oldestDirect = page.messages[0];
    return this.#addPage(page, first, message => {
      if (!message.removed) this.#add(this.#directly(this.#peerOf(message)), message); // of a removed one nobody knows whose it was
    });
  }

  /** Returns what is before the page. Messages of an earlier epoch than the one that was asked for cannot be asked for. */
  #addPage({ messages, complete, next }, first, add) {
    if (first && messages.length > 0 && messages[0].epoch !== first.epoch) return 'gone';
    messages.forEach(add);
    return next ? 'more' : complete ? 'start' : 'gone';
  }

  // ---- Sending

  async #post(conversation, entry) {
    this.changed.tell();
    const { id, text } = entry;
    try {
      const { messageId } = conversation.user === undefined
        ? await conversation.room.send(text, { id, data: { id } })
        : await this.#chat.sendTo(conversation.user, text, { id, data: { id, to: conversation.user } });
      this.outbox.accepted(entry, messageId);
    } catch (error) {
      this.outbox.failed(entry, error);
    }
    this.changed.tell();
  }

  #refused(error) {
    if (!error.messageId || !this.outbox.refused(error.messageId, error)) this.noticed.tell(error.message);
    this.changed.tell();
  }

  /** Resolves to undefined when it was refused, and says why. */
  async #telling(promise) {
    try {
      return await promise;
    } catch (error) {
      if (error.code !== 'closed') this.noticed.tell(error.message);
      return undefined;
    }
  }

  #remember() {
    this.changed.tell();
    this.#memory.save(() => ({
      active: this.active?.id,
      rooms: Object.fromEntries(this.rooms.filter(({ state }) => state !== 'refused').map(({ id, room, read, unread }) => [id, { position: room.position, read, unread }])),
      direct: Object.fromEntries(this.direct.map(({ id, read, unread }) => [id, { name: this.#names.get(id), read, unread }])),
      inbox: this.#isUser ? { position: this.#chat.inbox.position } : undefined,
    }));
  }
}
