"""Passes connections on, so that a machine reaches the local Slack at its loopback address.

The local Slack listens on the loopback address alone, and looks at the `Host` of each request.
`python -m tests.machines.relay HOST:PORT HOST:PORT` passes on from the first to the second.
"""

import asyncio
import sys
from contextlib import suppress

Address = tuple[str, int]

_PIECE = 65_536


async def relay(here: Address, there: Address) -> asyncio.Server:
    """Pass every connection to *here* on to *there*."""

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*there)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer))

    return await asyncio.start_server(joined, *here)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, until either side ends."""
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def _main(here: str, there: str) -> None:
    server = await relay(_address(here), _address(there))
    await server.serve_forever()


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
