"""Who may talk to the servers of the local workspace: programs and pages of this machine."""

from aiohttp import web

_NAMES = ("127.0.0.1", "localhost")
"""A website can point its own name at the loopback address, but not these."""

_HTTP_PORT = 80
"""The port that a `Host` leaves out."""


def refuse_other_sites(request: web.Request, origins: frozenset[str] = frozenset()) -> None:
    """Refuse what a browser sends for a page that is not of *origins*.

    A `<script>` of another site sends no `Origin`, but `Sec-Fetch-Site`. Opening an address in a
    tab of its own is always allowed.

    Raises:
        HTTPBadRequest: it is for another host or port, or names none that can be read.
        HTTPForbidden: it is refused.
    """
    if request.headers.getall("Host", []) not in _own_hosts(request):
        raise web.HTTPBadRequest(text="Only by the address of this machine.")
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "none")
    opened = (
        request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
    )
    if (origin is not None and origin not in origins) or not (
        site == "none" or (origins and site == "same-origin") or opened
    ):
        raise web.HTTPForbidden(text="Only from this machine.")


def _own_hosts(request: web.Request) -> list[list[str]]:
    """Return what `Host` may say: exactly where the connection came in, and only once."""
    assert request.transport is not None
    port = request.transport.get_extra_info("sockname")[1]
    hosts = [[f"{name}:{port}"] for name in _NAMES]
    return hosts + [[name] for name in _NAMES if port == _HTTP_PORT]
