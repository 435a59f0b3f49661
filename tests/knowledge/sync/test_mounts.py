"""A folder that is mounted from another machine is read outside the lock of a sync."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.model.source_settings import FolderSettings
from knowledge.sync.mounts import is_on_network
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.folder import FolderSource
from tests.support.library import MEMBER, Library, source_table
from tests.support.waiting import wait_until

MOUNTS = r"""sysfs /sys sysfs rw 0 0
/dev/sda1 / ext4 rw 0 0
filer:/docs /srv/docs nfs4 rw 0 0
//filer/team\040files /mnt/team\040files cifs rw 0 0
/dev/sdb1 /srv/docs/local ext4 rw 0 0
remote: /home/bot/drive fuse.rclone rw 0 0
overlay /var/lib/x overlay rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "network"),
    [
        ("/srv/docs", True),
        ("/srv/docs/handbook/*.md", True),
        ("/srv/docs/local/handbook", False),
        ("/srv/docs2", False),
        ("/mnt/team files/規程", True),
        ("/home/bot/drive/a", True),
        ("/home/bot", False),
        ("/", False),
    ],
)
def test_the_mount_tells(tmp_path: Path, path: str, *, network: bool) -> None:
    """The nearest one above the folder, whatever the folder's pattern; the settings come first."""
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    settings = FolderSettings(name="docs", path=Path(path))

    assert is_on_network(settings, mounts) == network
    other = settings.model_copy(update={"network": not network})
    assert is_on_network(other, mounts) == (not network)
    assert not is_on_network(settings, tmp_path / "nothing")


class WaitingFolder(FolderSource):
    """A folder that answers when it is let go, as a share over a bad line does."""

    def __init__(self, path: Path) -> None:
        super().__init__("slow", path)
        self.go, self.asked = threading.Event(), False

    def files(self) -> Iterator[SourceFile]:
        yield from super().files()

    def read(self, file: SourceFile) -> bytes:
        self.asked = True
        self.go.wait(60)
        return super().read(file)


async def test_a_slow_folder_holds_up_nobody(library: Library, tmp_path: Path) -> None:
    """Others are synced and searched while it is read; what it has arrives when it answers."""
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "a.md").write_text("# A\n\nzeppelin far away")
    library.write("b.md", "# B\n\nzeppelin at home")
    library.configure(
        source_table("docs", "docs"), source_table("slow", str(tmp_path / "slow"), network=True)
    )
    slow = WaitingFolder(tmp_path / "slow")
    library.sources = {"slow": slow}
    syncing = asyncio.create_task(library.open().sync())
    await wait_until(lambda: slow.asked)

    library.write("c.md", "# C\n\nzeppelin next door")
    report = await library.open().sync(["docs"])
    found = await library.open().search("zeppelin", MEMBER)
    slow.go.set()
    await syncing

    assert report.added == 1
    assert {one.document_id for one in found} == {"docs/b.md", "docs/c.md"}
    everything = await library.open().search("zeppelin", MEMBER)
    assert {one.document_id for one in everything} >= {"slow/a.md", "docs/c.md"}
