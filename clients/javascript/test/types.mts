// Compiled, not run: what an application writes in TypeScript, and what must not compile.
import { ChatClient, ChatError, type ChatMessage, type Discontinuity } from '../chatevents.js';

const chat = new ChatClient('wss://example.com/prod', { token: async () => 'token', maxQueue: 10 });
const room = chat.room('blue', { after: { epoch: 'e', seq: 4 } });
const stop: () => void = room.subscribe(({ seq, from, message, data }) => console.log(seq + 1, from.user?.length, message.length, data));
room.on('discontinuity', (gap: Discontinuity) => gap.missed?.from);
room.on('message', async (message: ChatMessage) => message.at);
chat.on('state', ({ state, error }) => state === 'waiting' && error?.code === 'closed');
const sent: { messageId: string } = await room.send('hi', { data: [1], timeout: 5 });
for (let page: Awaited<ReturnType<typeof room.history>> | undefined = await room.history({ limit: 5 }); page; page = await page.next?.()) page.messages.length;
stop();
const banned: string = (await chat.ask({ action: 'ban', user: 'mallory', minutes: 60 })).until;
chat.on('state', ({ delay }) => (delay ?? 0) / 1000 + banned.length);
new ChatError('queue_full', sent.messageId).retryAfter?.toFixed();

// @ts-expect-error there is no such event
room.on('massage', () => {});
// @ts-expect-error nor such a code
new ChatError('no_such_code', '');
// @ts-expect-error nor such a state
chat.state === 'reconnecting';
// @ts-expect-error text only
room.send(5);
