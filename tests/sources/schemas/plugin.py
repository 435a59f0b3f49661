"""A plugin of pytest that writes down what clients and doubles say to each other."""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Lock

import pytest

from tests.support.exchanges import Exchange, listening


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file to write to."""
    parser.addoption("--exchanges", type=Path, required=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Write each exchange, with the test that it belongs to, in a line of JSON."""
    lock = Lock()
    with session.config.getoption("exchanges").open("w") as file:

        def write(exchange: Exchange) -> None:
            told = asdict(exchange)
            told["body"] = base64.b64encode(exchange.body).decode()
            told["is_file"] = isinstance(exchange.reply, bytes)
            told["reply"] = None if told["is_file"] else exchange.reply
            told["test"] = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
            with lock:
                file.write(json.dumps(told) + "\n")

        with listening(write):
            return (yield)
