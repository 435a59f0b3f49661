"""`python -m bot` is `kotae`."""

from bot.cli import main

if __name__ == "__main__":
    main()
