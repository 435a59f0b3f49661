"""Breaks a source at every call of a listing, and says what went wrong."""

from collections.abc import Callable
from typing import get_args

from knowledge.model.errors import SourceError
from knowledge.sync.source import Source, SourceFile
from tests.support.vendor_double import Fault, VendorDouble


def listed(source: Source) -> dict[str, SourceFile]:
    """Return what *source* lists, by id; an id that comes twice is an error."""
    files = list(source.files())
    by_id = {file.document_id: file for file in files}
    assert len(by_id) == len(files)
    return by_id


def broken_everywhere(double: VendorDouble, open_source: Callable[[], Source]) -> list[str]:
    """Return what is wrong when each call of a listing fails in each way.

    A single failure changes nothing, whatever it is. What fails for ever must raise: a listing that
    says less than there is would delete documents.
    """
    double.calls.clear()
    whole = listed(open_source())
    number = len(double.calls)
    wrong = []
    for fault in get_args(Fault):
        for call in range(1, number + 1):
            double.calls.clear()
            double.faults, double.downtime = ({call: fault}, 0)
            wrong += _single(double, open_source, whole, f"{fault} at call {call} of {number}")
            double.calls.clear()
            double.faults, double.downtime, double.fault = {}, call, fault
            try:
                listed(open_source())
            except SourceError:
                pass
            else:
                wrong.append(f"{fault} from call {call} of {number} on: a listing without an error")
            double.downtime = 0
    return wrong


def _single(
    double: VendorDouble,
    open_source: Callable[[], Source],
    whole: dict[str, SourceFile],
    name: str,
) -> list[str]:
    try:
        found = listed(open_source())
    except SourceError as error:
        # Neither is asked for again: it will be the same page of a proxy, or the same old token.
        expected = "page at" in name or "refused at" in name
        return [] if expected else [f"{name}: {error}"]
    finally:
        double.faults = {}
    return [] if found == whole else [f"{name}: {len(found)} of {len(whole)} files"]
