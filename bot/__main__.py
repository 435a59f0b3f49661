"""`kotae`, and `python -m bot`: loads the commands and runs one."""

import sys

INTERRUPTED = 130
"""Exit code after Ctrl-C, by the custom of shells."""


def main() -> None:
    """Run the command line; Ctrl-C ends it with one line, however early it comes."""
    try:
        from bot.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
