/** What the client is doing. `waiting`: until the next attempt to connect. `closed`: until {@link ChatClient.connect} is called. */
export type ChatState = 'connecting' | 'open' | 'waiting' | 'closed';

/**
 * Why something failed. The first line is the server's, as in docs/protocol.md; the rest is this library's:
 * `timeout` (its time was over; a message may have arrived all the same), `closed` (by {@link ChatClient.close} or {@link Room.leave}),
 * `queue_full`, `unauthorized` and `forbidden` (the handshake was refused with 401 or 403; the latter is also the server's).
 */
export type ChatErrorCode =
  | 'bad_frame' | 'unknown_action' | 'bad_room' | 'not_in_room' | 'forbidden' | 'too_many_rooms' | 'too_large' | 'rate_limited' | 'unavailable' | 'not_a_member' | 'not_found'
  | 'timeout' | 'closed' | 'queue_full' | 'unauthorized';

export class ChatError extends Error {
  constructor(code: ChatErrorCode, message: string, details?: object);
  readonly code: ChatErrorCode;
  /** Of the server's answer, for its log. */
  readonly requestId?: string;
  /** The message that was refused after it had been accepted, such as one over the sender's limit. */
  readonly messageId?: string;
  /** In seconds. */
  readonly retryAfter?: number;
  /** An example of a right frame. */
  readonly expected?: unknown;
  /** Of a refused handshake, where the platform tells it. */
  readonly status?: number;
}

/** Who wrote a message: a user, a guest or a server. */
export interface ChatSender {
  readonly user?: string;
  readonly name?: string;
  readonly guest?: string;
  readonly server?: string;
}

export interface ChatMessage {
  readonly room: string;
  /** Changes when the room's history was lost or has expired as a whole. */
  readonly epoch: string;
  /** The message's number in the room, in its epoch: 1, 2, 3 and so on. */
  readonly seq: number;
  readonly messageId: string;
  readonly from: ChatSender;
  /** Time of the server, ISO 8601. */
  readonly at: string;
  readonly message: string;
  /** What the sender added. */
  readonly data?: unknown;
  /** In history: with all that belongs to it, it does not fit a frame, and has no `message`. */
  readonly tooLarge?: true;
}

/** Place in a room: everything up to and including this message was heard. */
export interface Position {
  readonly epoch?: string;
  readonly seq: number;
}

export interface StateChange {
  readonly state: ChatState;
  readonly previous: ChatState;
  /** Why, unless all is well. */
  readonly error?: ChatError;
  /** With `waiting`: milliseconds until the next attempt. */
  readonly delay?: number;
}

/** Messages of a room were missed for good: history no longer reaches back to them. The messages after them follow. */
export interface Discontinuity {
  readonly room: string;
  readonly recovered: false;
  /** Their numbers; absent when the room has a new epoch, in which case nobody can tell. */
  readonly missed?: { readonly from: number; readonly to: number };
}

export interface Removal {
  readonly room: string;
  readonly seq: number;
}

export interface HistoryPage {
  /** From old to new. One that was removed has only `seq` and `removed`. */
  readonly messages: ReadonlyArray<ChatMessage & { readonly removed?: true }>;
  /** False if what was asked for began before what is kept. */
  readonly complete: boolean;
  /** Reads the page before; null if there is none. */
  readonly next: (() => Promise<HistoryPage>) | null;
}

export interface Member {
  readonly user?: string;
  readonly guest?: string;
  readonly name?: string;
  readonly connections: number;
}

export interface MembersPage {
  readonly count: number;
  /** There are more than were counted. */
  readonly atLeast?: boolean;
  readonly members: ReadonlyArray<Member>;
  /** For {@link Room.members}; null if this is the last page. */
  readonly next?: string | null;
}

export interface SendOptions {
  /** Any JSON value of your own, passed on to all clients of this dialect. */
  data?: unknown;
  /** Names the message, so that it is one message however often it is sent in five minutes. A random one by default. */
  id?: string;
  /** Milliseconds after which the promise rejects with `timeout`; `sendTimeout` of the client by default. */
  timeout?: number;
}

export interface Sent {
  readonly id: string;
  readonly messageId: string;
}

/** What the server said about this connection. */
export interface ConnectionInfo {
  readonly user?: string;
  readonly name?: string;
  readonly guest?: string;
  readonly connectedAt?: string;
  readonly expiresAt?: string;
  readonly rooms?: ReadonlyArray<string>;
  readonly limits?: { readonly messageBytes?: number; readonly messagesPerSecond?: number };
}

/** Removes the handler. */
export type Unsubscribe = () => void;

/** A handler may return a promise: the next event of the room waits for it, and history, not memory, keeps what comes meanwhile. */
export type Handler<T> = (value: T) => unknown;

export interface Room {
  readonly name: string;
  /** Of the last message that was taken for the handlers. Store it and give it to {@link ChatClient.room} to go on from there after a restart. */
  readonly position: Position | undefined;

  /** Joins the room, if need be, and hears its messages: each once, in order. The same handler twice is once. */
  subscribe(handler: Handler<ChatMessage>): Unsubscribe;
  on(event: 'message', handler: Handler<ChatMessage>): Unsubscribe;
  on(event: 'discontinuity', handler: Handler<Discontinuity>): Unsubscribe;
  on(event: 'removed', handler: Handler<Removal>): Unsubscribe;

  /** Joins now and after every reconnect. Resolves when the server says so; rejects with its code, or with `closed` after {@link Room.leave}. */
  join(): Promise<void>;
  /** Leaves, and forgets the position. Handlers stay for the next join. */
  leave(): Promise<void>;

  /** Resolves when the server has accepted the message. Offline, it waits; see `maxQueue` and `sendTimeout`. Messages keep their order. */
  send(message: string, options?: SendOptions): Promise<Sent>;
  /** The newest messages, or those before a number. */
  history(options?: { before?: number; epoch?: string; limit?: number }): Promise<HistoryPage>;
  members(options?: { next?: string | null }): Promise<MembersPage>;
  /** Removes a message of one's own; moderators remove any. */
  remove(seq: number): Promise<void>;
}

export interface Clock {
  /** Milliseconds since 1970; it goes on while the machine sleeps. */
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: any): void;
}

export interface ChatOptions {
  /**
   * Asked before every connect; without a token one is a guest. After 401 or 403 the client goes on only with another token. Throw a
   * `ChatError` with the code `unauthorized` to close the client; other errors are retried.
   */
  token?: () => string | null | undefined | Promise<string | null | undefined>;
  /** Name of a guest across connections, 16 to 64 of `A-Z a-z 0-9 _ - .`; a secret, because who knows it has the guest's name. Random by default. */
  client?: string;
  /** The platform's by default; Node 20 needs that of the package `ws`. */
  WebSocket?: new (url: string, protocols?: string[]) => any;
  /** Longest wait before the first reconnect, in milliseconds; doubled with each attempt. 500. The wait is a random part of it. */
  minDelay?: number;
  /** Longest wait at all. 30,000. */
  maxDelay?: number;
  /** How old a connection gets, unless the server says less. 7,200,000, as at API Gateway. It is replaced 5 to 15 minutes before. */
  lifetime?: number;
  /** Milliseconds without a frame before a ping. 540,000. */
  silence?: number;
  /** Milliseconds without any frame in which an answer must come, or the connection is given up. 10,000. */
  patience?: number;
  /** How long a message may wait for its answer, offline too. 120,000. It is never repeated later than the server would recognize it. */
  sendTimeout?: number;
  /** Messages that may wait at once; one more is refused with `queue_full`. 1,000. */
  maxQueue?: number;
  /** For tests. */
  clock?: Clock;
  /** For tests: 0 to 1, for the waits. */
  random?: () => number;
}

export class ChatClient {
  constructor(url: string | URL, options?: ChatOptions);
  readonly state: ChatState;
  /** Undefined before the first connection. */
  readonly info: ConnectionInfo | undefined;
  /** The user's own room: direct messages, and one's own to others. */
  readonly inbox: Room;

  on(event: 'state', handler: Handler<StateChange>): Unsubscribe;
  /** Errors that belong to no promise: a message refused after it was accepted, a lost right to a room, and what handlers throw. */
  on(event: 'error', handler: Handler<Error>): Unsubscribe;

  /** Connects, and again whenever a connection ends. Resolves when first open; rejects when closed before. While waiting: tries at once. */
  connect(): Promise<void>;
  /** Ends everything that waits with `closed`. The rooms are remembered: after another connect() they are joined and caught up with. */
  close(): void;

  /** Always the same object for a name. `after`: hear everything after this place first. */
  room(name: string, options?: { after?: Position }): Room;
  /** Writes to a user: to all their devices, and to one's own. */
  sendTo(user: string, message: string, options?: SendOptions): Promise<Sent>;
  /** Sends any other frame, such as a moderator's, until it is answered or `timeout` milliseconds are over. Resolves to the answer. */
  ask(frame: { readonly action: string; readonly [member: string]: unknown }, timeout?: number): Promise<any>;
}
