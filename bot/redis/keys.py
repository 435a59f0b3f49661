"""What the keys of one bot begin with, on a Redis that it may share with others."""


def key_root(namespace: str) -> str:
    """Return what all keys of the bot *namespace* begin with.

    The braces are a hash tag: a cluster keeps all these keys on one node, so that a script may use
    several of them. `v1` is the layout of the keys.
    """
    return f"{{{namespace}}}:v1"
