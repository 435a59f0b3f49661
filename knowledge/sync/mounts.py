"""Tells folders on this machine from those on another one, which may be slow or not answer."""

from pathlib import Path

from knowledge.model.source_settings import FolderSettings

_MOUNTS = Path("/proc/self/mounts")
_NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs2", "glusterfs", "gpfs", "lustre"}
    | {"ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "smb2", "smb3", "smbfs"}
    | {"fuse.blobfuse", "fuse.blobfuse2", "fuse.ceph-fuse", "fuse.curlftpfs", "fuse.davfs2"}
    | {"fuse.gcsfuse", "fuse.glusterfs", "fuse.goofys", "fuse.gvfsd-fuse", "fuse.juicefs"}
    | {"fuse.mount-s3", "fuse.onedriver", "fuse.rclone", "fuse.s3fs", "fuse.seaweedfs"}
    | {"fuse.smbnetfs", "fuse.sshfs"}
)
"""Types of file systems that are on another machine, as `/proc/self/mounts` names them."""


def is_on_network(settings: FolderSettings, mounts: Path = _MOUNTS) -> bool:
    """Tell whether a folder is on another machine: as the settings say, else by its mount.

    The folder itself is not touched: it may not answer. Where the system lists no mounts (macOS),
    only the settings count.

    Args:
        settings: The folder.
        mounts: The list of mounts, as proc(5) describes it.
    """
    if settings.network is not None:
        return settings.network
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    places = {place: kind for _, place, kind, *_ in map(str.split, lines)}
    for folder in (settings.path, *settings.path.parents):
        if kind := places.get(_written(folder)):
            return kind in _NETWORK
    return False


def _written(folder: Path) -> str:
    """Return a path as the list of mounts has it (fstab(5))."""
    text = str(folder).replace("\\", "\\134")
    return text.replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012")
