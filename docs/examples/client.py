"""A client of the dialect chatevents.v1 in one file, written from docs/protocol.md alone.

    pip install websockets
    python3 client.py ws://localhost:8080/local blue          (as a user: CHAT_TOKEN=...)

Prints the messages of a room, each once and in order, and sends the lines that it reads. Reconnects.
"""

import asyncio
import itertools
import json
import os
import random
import sys
import threading
import uuid

import websockets

PATIENCE, SILENCE = 10, 9 * 60  # seconds: for an answer, and until a ping, for API Gateway ends what is idle for 10 minutes


class Refused(Exception):
    """The answer to a frame was an error that would come again."""


class Room:
    """What outlives a connection: how far the room was heard, and what is to be sent."""

    def __init__(self, name):
        self.name, self.epoch, self.seq, self.outbox = name, None, None, asyncio.Queue()
        self.sending = None  # has no answer yet; the next connection sends it again, with the same id

    def hear(self, message):
        if message["seq"] <= self.seq:
            return  # heard already
        if message["seq"] > self.seq + 1:
            print(f"[messages {self.seq + 1} to {message['seq'] - 1} are no longer kept]", flush=True)
        self.seq = message["seq"]
        if not message.get("removed"):
            name = next(message["from"][key] for key in ("name", "user", "guest", "server") if key in message["from"])
            print(f"{self.seq} {name}: {message['message']}", flush=True)


class Connection:
    def __init__(self, socket, room):
        self.socket, self.room, self.answers, self.live, self.joined = socket, room, {}, asyncio.Queue(), asyncio.Event()

    async def run(self):
        tasks = [asyncio.ensure_future(task()) for task in (self.read, self.listen, self.write, self.keep_alive)]
        try:
            await asyncio.gather(*tasks)  # until the first of them fails
        finally:
            for task in tasks:
                task.cancel()

    async def ask(self, **frame):
        frame.setdefault("id", uuid.uuid4().hex)
        while True:
            answer = self.answers[frame["id"]] = asyncio.get_running_loop().create_future()
            await self.socket.send(json.dumps(frame))
            answer = await asyncio.wait_for(answer, PATIENCE)
            if answer["type"] != "error":
                return answer
            if answer["code"] not in ("unavailable", "rate_limited"):
                raise Refused(f"{answer['code']}: {answer['error']}")
            await asyncio.sleep(answer.get("retryAfter", 1))

    async def read(self):
        async for text in self.socket:
            frame = json.loads(text)
            if frame.get("id") in self.answers:
                self.answers.pop(frame["id"]).set_result(frame)
            elif frame.get("type") == "message" and frame["room"] == self.room.name:
                self.live.put_nowait(frame)
            elif frame.get("type") == "error":
                print(f"[{frame['code']}: {frame['error']}]", flush=True)
        raise EOFError("The connection has ended.")

    async def listen(self):
        room, joined = self.room, await self.ask(action="join", room=self.room.name)
        if room.seq is None:
            room.epoch, room.seq = joined.get("epoch"), joined.get("seq", 0)
        elif (joined.get("epoch"), joined.get("seq", 0)) != (room.epoch, room.seq):
            await self.catch_up()
        self.joined.set()
        while True:  # live messages wait here while a hole before them is filled
            message = await self.live.get()
            if message["epoch"] != room.epoch or message["seq"] > room.seq + 1:
                await self.catch_up()
            if message["epoch"] == room.epoch:
                room.hear(message)

    async def catch_up(self):
        room, more = self.room, True
        while more:
            place = {"after": room.seq, **({"epoch": room.epoch} if room.epoch else {})}
            page = await self.ask(action="history", room=room.name, limit=100, **place)
            if room.epoch not in (None, page.get("epoch")):
                print("[the room's history was lost, or has expired]", flush=True)
                room.epoch, room.seq = page.get("epoch"), 0
                continue
            room.epoch, more = page.get("epoch"), page["more"]
            for message in page["messages"]:
                room.hear(message)

    async def write(self):
        room = self.room
        await self.joined.wait()
        while True:
            room.sending = room.sending or {"id": uuid.uuid4().hex, "message": await room.outbox.get()}
            if room.sending["message"] is None:
                sys.exit()  # nothing more to send, and all has been accepted
            try:
                await self.ask(action="onMessage", room=room.name, **room.sending)
            except Refused as refusal:
                print(f"[not sent: {refusal}]", flush=True)
            room.sending = None

    async def keep_alive(self):
        while True:
            await asyncio.sleep(SILENCE)
            await self.ask(action="ping")


async def main(url, room):
    def read_lines(put=asyncio.get_running_loop().call_soon_threadsafe):
        for line in itertools.chain(sys.stdin, [None]):
            put(room.outbox.put_nowait, line and line.rstrip("\n"))

    threading.Thread(target=read_lines, daemon=True).start()
    token, attempt = os.environ.get("CHAT_TOKEN"), 0
    protocols = ["chatevents.v1"] + ([f"bearer.{token}"] if token else [])
    if not token:  # a guest that names itself keeps its name and its messages' ids
        url += "?client=" + uuid.uuid4().hex
    while True:
        try:
            async with websockets.connect(url, subprotocols=protocols, ping_interval=None) as socket:
                attempt = 0
                await Connection(socket, room).run()
        except (OSError, EOFError, asyncio.TimeoutError, websockets.exceptions.WebSocketException) as error:
            if getattr(getattr(error, "response", error), "status_code", 0) in (401, 403):
                sys.exit(f"The server refuses the connection: {error}")
        await asyncio.sleep(random.uniform(0, min(30, 0.5 * 2**attempt)))
        attempt += 1


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Room(sys.argv[2])))
