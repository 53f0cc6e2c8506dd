"""A receiver in its own process: acts once per message, notes it, and answers after a while.

``python -m tests.bench._receiver JOURNAL MILLISECONDS``: prints its port. One line per message in the
journal: seconds (monotonic), webhook-id, number of the connection, path, 1 if it acted (0: it knew the id).
Paths: ``/ok`` 204, ``/bad`` 500, ``/wrong`` 422, ``/wait/1500`` 204 after so many milliseconds, ``/silent`` never
answers, anything else 404. An id that ends in ``-bad`` and so on gets that answer. It is noted before it is answered: whatever the sender's end, noted is done.
"""

import asyncio
import os
import sys
import time
from contextlib import suppress

STATUS = {
    b"ok": b"204 No Content",
    b"wait": b"204 No Content",
    b"bad": b"500 Internal Server Error",
    b"wrong": b"422 Unprocessable Content",
}


class Serving:
    def __init__(self, journal: str, delay: float) -> None:
        self.note = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.delay, self.connections = delay, 0
        self.known: set[bytes] = set()

    async def serve(self) -> None:
        server = await asyncio.start_server(self.one, "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
        await server.serve_forever()

    async def one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        mine = self.connections
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                await self.message(reader, writer, mine)
        writer.close()

    async def message(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mine: int) -> None:
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        fields = dict(line.split(b": ", 1) for line in rest if line)
        headers = {name.lower(): value for name, value in fields.items()}
        await reader.readexactly(int(headers[b"content-length"]))
        path = first.split(b" ")[1]
        named = headers.get(b"webhook-id", b"-")
        acted = named not in self.known
        self.known.add(named)
        os.write(self.note, b"%.6f %s %d %s %d\n" % (time.monotonic(), named, mine, path, acted))
        kind, _, wait = path[1:].partition(b"/")
        if b"-" in named[1:]:
            kind = named.rpartition(b"-")[2]
        if kind == b"silent":
            await asyncio.sleep(3600)
        await asyncio.sleep(int(wait) / 1000 if wait else self.delay)
        status = STATUS.get(kind, b"404 Not Found")
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % status)


if __name__ == "__main__":
    asyncio.run(Serving(sys.argv[1], float(sys.argv[2]) / 1000).serve())
