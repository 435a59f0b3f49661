"""Finds model servers that run on this machine. Looking is all: none is used without being chosen.

Ollama, llama.cpp, LM Studio and vLLM are known by their usual ports. Only loopback is asked, only
for its list of models, and no key is sent.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from httpx2 import AsyncClient

PROBE_SECONDS = 0.3
"""Time for all servers together, which are asked at once."""

OK = 200

PORTS = {11434: "Ollama", 8080: "llama.cpp", 1234: "LM Studio", 8000: "vLLM"}
"""Usual ports; LM Studio and others may have been told to use another."""

_EMBEDS = ("embed", "bge-", "e5-", "minilm", "rerank")
"""Parts of the names of models that only make vectors."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A model server on this machine.

    Attributes:
        base_url: Value for `OPENAI_BASE_URL`.
        models: Names of its models that can answer.
    """

    name: str
    base_url: str
    models: tuple[str, ...]


async def find_local_servers(
    seconds: float = PROBE_SECONDS, ports: Mapping[int, str] = PORTS
) -> list[LocalServer]:
    """Return the servers on *ports* of loopback that list a model within *seconds*."""
    import httpx2

    async with httpx2.AsyncClient(
        trust_env=False,  # a proxy is not this machine
        verify=False,
        timeout=seconds,
    ) as client:
        probes = [asyncio.ensure_future(_probe(client, name, port)) for port, name in ports.items()]
        done, late = await asyncio.wait(probes, timeout=seconds)
        for probe in late:
            probe.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    return [found for probe in probes if probe in done and (found := probe.result())]


async def _probe(client: "AsyncClient", name: str, port: int) -> LocalServer | None:
    import httpx2

    address = f"http://127.0.0.1:{port}/v1"
    try:
        answer = await client.get(f"{address}/models")
        listed = answer.json()["data"] if answer.status_code == OK else []
        names = [str(item["id"]) for item in listed]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        return None
    models = tuple(one for one in names if not any(part in one.casefold() for part in _EMBEDS))
    return LocalServer(name, address, models) if models else None
