import { Timeline, isAfter } from './timeline.js';

/** A room, or what was said directly between oneself and a user; a server can write, too. */
export class Conversation {
  timeline = new Timeline();
  unread = 0;
  /** Up to where it was read: `{ epoch, seq }`. */
  read;
  /** What was read when it was opened, if there was more: the line "New" stands behind it. */
  readBefore;
  /** `joining`, `in`, or `refused` with `error`. */
  state = 'joining';
  error;
  /** What is before the oldest message: `more`, `loading`, nothing because this is the `start`, or because the rest is `gone`. */
  older = 'more';
  /** As the server told last; undefined until then. */
  members;

  /** @param id the name of a room, `@` and the id of a user, or `!` and the name of a server */
  constructor(id, room) {
    this.id = id;
    this.room = room;
  }

  get user() {
    return this.id[0] === '@' ? this.id.slice(1) : undefined;
  }

  get isRoom() {
    return this.id[0] !== '@' && this.id[0] !== '!';
  }

  get canWrite() {
    return this.id[0] !== '!' && this.state !== 'refused';
  }

  /** Everything that is there has been seen. */
  markRead() {
    this.unread = 0;
    const last = this.timeline.last;
    if (last && (!this.read || isAfter(last, this.read))) this.read = { epoch: last.epoch, seq: last.seq };
  }
}
