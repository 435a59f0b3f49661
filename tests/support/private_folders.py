"""Makes private folders in a process of its own, as often as told.

Run as `python -m tests.support.private_folders TIMES USER`. It says `ready`, waits for a line,
makes and uses the folders, prints where the last one is, and keeps that until its input ends.
USER is the number of the account that it is; only root may be another one.
"""

import os
import sys

from knowledge.sync.private_folder import PrivateFolder


def used(folder: PrivateFolder) -> None:
    """Fill *folder*, and fail if anybody else takes it away."""
    secret = folder.path / "secret"
    secret.write_text("s3cr3t")
    PrivateFolder().close()  # as often as possible, somebody removes what is abandoned
    assert secret.read_text() == "s3cr3t"


def main(times: int, user: int) -> None:
    """Make *times* folders as *user*, one after the other."""
    if user != os.geteuid():
        os.setuid(user)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for _ in range(times - 1):
        with PrivateFolder() as folder:
            used(folder)
    with PrivateFolder() as folder:
        used(folder)
        sys.stdout.write(f"{folder.path}\n")
        sys.stdout.flush()
        sys.stdin.read()
        assert (folder.path / "secret").exists()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
