"""Who may talk to the servers of the local workspace: programs and pages of this machine."""

from aiohttp import web

_NAMES = frozenset({"127.0.0.1", "localhost"})
"""A website can point its own name at the loopback address, but not these."""


def refuse_other_sites(request: web.Request, origins: frozenset[str] = frozenset()) -> None:
    """Refuse what a browser sends for a page that is not of *origins*.

    A `<script>` of another site sends no `Origin`, but `Sec-Fetch-Site`. Opening an address in a
    tab of its own is always allowed.

    Raises:
        HTTPForbidden: it is refused.
    """
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "none")
    opened = (
        request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
    )
    if (
        (request.url.host or "") not in _NAMES
        or (origin is not None and origin not in origins)
        or not (site == "none" or (origins and site == "same-origin") or opened)
    ):
        raise web.HTTPForbidden(text="Only from this machine.")
