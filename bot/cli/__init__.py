"""The `kotae` command."""


def main() -> None:
    """Run the command line."""
