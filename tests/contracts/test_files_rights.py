"""Rights in Google Drive and OneDrive: rclone itself, over doubles of the vendors' interfaces."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from knowledge.factory import open_knowledge
from knowledge.model.errors import ParseError, SourceError
from knowledge.model.readers import group, person
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.source_settings import FilesSettings
from knowledge.model.types import NOBODY, Principal
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.file_rights import EVERYBODY
from knowledge.sync.sources.files import FilesSource, open_source
from tests.support import drive_api, graph_api
from tests.support.drive_api import (
    DOCUMENT,
    FOLDER,
    SHORTCUT,
    DriveApi,
    DriveItem,
    granted,
    rate_limited,
)
from tests.support.graph_api import GraphApi, GraphItem, graph_error
from tests.support.storages import program
from tests.support.vendor_proxy import (
    Authority,
    VendorDouble,
    VendorReply,
    VendorRequest,
    make_authority,
    serving_vendor,
)

TOKEN = '{"access_token":"{token}","refresh_token":"r","expiry":"2099-01-01T00:00:00Z"}'
OWNER = person("owner@example.com")
KEIKO = {"type": "user", "emailAddress": "Keiko@example.com"}


@dataclass
class Vendor:
    """What stands behind the proxy at the moment."""

    double: VendorDouble = field(default_factory=DriveApi)
    config: str = ""
    folder: Path = Path()

    def __call__(self, request: VendorRequest) -> VendorReply:
        return self.double(request)

    def source(self, remote: str, token: str = "good", **settings: object) -> FilesSource:
        config = self.folder / "rclone.conf"
        tries = 2 if "one" in remote else 1  # failures come faster
        text = self.config.replace("{token}", token).replace("{retries}", str(tries))
        config.write_text(text)
        table = {"type": "files", "name": "docs", "remote": remote, "config": str(config)}
        return open_source(FilesSettings.model_validate(table | settings), lambda name: name)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    program("rclone")
    hosts = (*drive_api.HOSTS, *graph_api.HOSTS)
    return make_authority(tmp_path_factory.mktemp("authority"), *hosts)


@pytest.fixture
def vendor(authority: Authority, tmp_path: Path) -> Iterator[Vendor]:
    """Return a place for a double, which rclone takes for the vendor."""
    vendor = Vendor(folder=tmp_path)
    with serving_vendor(vendor, authority) as port:
        common = f"token = {TOKEN}\noverride.http_proxy = http://127.0.0.1:{port}\n"
        common += f"override.ca_cert = {authority.ca}\noverride.low_level_retries = {{retries}}\n"
        drive = f"type = drive\nscope = drive.readonly\n{common}"
        one = f"type = onedrive\ndrive_id = {graph_api.DRIVE}\ndrive_type = business\n{common}"
        vendor.config = f"[drive]\n{drive}[shared]\nteam_drive = 0AB\n{drive}[one]\n{one}"
        yield vendor


@pytest.fixture
def drive(vendor: Vendor) -> DriveApi:
    """Return a drive with a folder, behind the proxy."""
    vendor.double = drive = DriveApi()
    drive.put(DriveItem("f1", "Handbook", kind=FOLDER))
    return drive


@pytest.fixture
def graph(vendor: Vendor) -> GraphApi:
    """Return a OneDrive with a folder, behind the proxy."""
    vendor.double = graph = GraphApi()
    graph.put(GraphItem("F1", "Handbook"))
    return graph


def by_id(source: FilesSource) -> dict[str, SourceFile]:
    return {file.document_id.removeprefix("docs/"): file for file in source.files()}


def test_drive_tells_people_groups_and_the_owner(vendor: Vendor, drive: DriveApi) -> None:
    """Sharing by link or with the domain counts only where the settings say so."""
    people = [granted(1, **KEIKO), granted(2, type="group", emailAddress="staff@example.com")]
    link = [granted(3, type="anyone"), granted(4, type="domain", domain="example.com")]
    drive.put(
        DriveItem("a", "a.md", "f1", b"# A", permissions=people),
        DriveItem("b", "b.md", "f1", b"# B", permissions=[granted(5, **KEIKO), *link]),
        DriveItem("c", "c.md", "f1", b"# C", owner="", permissions=[]),
    )
    closed = by_id(vendor.source("drive:Handbook"))
    opened = by_id(vendor.source("drive:Handbook", anyone_with_link=True))
    trusted = by_id(vendor.source("drive:Handbook", rights="audience"))

    keiko, staff = person("keiko@example.com"), group("google", "staff@example.com")
    assert closed["a"].readers == {frozenset({OWNER, keiko, staff})}
    assert closed["b"].readers == {frozenset({OWNER, keiko})}
    assert closed["c"].readers == NOBODY
    assert opened["a"].readers == closed["a"].readers
    assert opened["b"].readers == EVERYBODY
    assert {file.readers for file in trusted.values()} == {EVERYBODY}
    assert closed["a"].url == "https://drive.google.com/open?id=a"


def test_drive_follows_a_file_through_its_life(vendor: Vendor, drive: DriveApi) -> None:
    """Renamed and moved it keeps its id; rights are gained and lost; deleted it is not listed."""
    drive.page = 2
    drive.put(DriveItem("f2", "規程", "f1", kind=FOLDER))
    drive.put(*(DriveItem(f"x{n}", f"{n}.md", "f1", b"# X", permissions=[]) for n in range(5)))
    source = vendor.source("drive:Handbook")
    before = by_id(source)

    drive.items["x0"].name, drive.items["x0"].parent = "休暇.md", "f2"
    drive.items["x1"].content = b"# Other"
    drive.items["x2"].permissions = [granted(1, **KEIKO)]
    del drive.items["x4"]
    after = by_id(source)

    assert set(before) == {"x0", "x1", "x2", "x3", "x4"}
    assert set(after) == {"x0", "x1", "x2", "x3"}
    assert after["x0"].name == "規程/休暇.md"
    assert after["x1"].version != before["x1"].version
    assert after["x2"].readers == {frozenset({OWNER, person("keiko@example.com")})}
    assert after["x3"] == before["x3"]
    assert source.read(after["x0"]) == b"# X"
    drive.items["x2"].permissions = []
    assert by_id(source)["x2"].readers == before["x2"].readers
    source.close()


async def test_a_renamed_file_has_its_new_title(vendor: Vendor, drive: DriveApi) -> None:
    """Its id outlives the name, and the name is the title of a text without a heading."""
    drive.put(DriveItem("x", "Draft.txt", "f1", b"Twenty days of leave.", permissions=[]))
    vendor.source("drive:Handbook")  # writes the configuration
    config, hashing = vendor.folder / "knowledge.toml", EmbeddingSettings(model="hashing")
    config.write_text(
        '[[sources]]\ntype = "files"\nname = "docs"\nremote = "drive:Handbook"\n'
        f'rights = "audience"\nconfig = "{vendor.folder}/rclone.conf"\n'
    )
    base = open_knowledge(config, vendor.folder / "index", hashing)
    await base.sync()
    drive.items["x"].name = "Policy.txt"
    report = await base.sync()
    (found,) = await base.search("days of leave", Principal("U1", member=True), limit=3)
    await base.aclose()

    assert (report.changed, report.added, report.removed) == (1, 0, 0)
    assert found.title == "Policy"
    assert found.document_id == "docs/x"


def test_google_documents_are_exported_and_shortcuts_followed(
    vendor: Vendor, drive: DriveApi
) -> None:
    """A shortcut is the document that it leads to, with its id and rights; a broken one nothing."""
    drive.put(
        DriveItem("d", "休暇規程", "f1", b"docx", DOCUMENT, permissions=[granted(1, **KEIKO)]),
        DriveItem("t", "target.md", "elsewhere", b"# T", permissions=[granted(2, **KEIKO)]),
        DriveItem("s", "link.md", "f1", kind=SHORTCUT, target="t"),
        DriveItem("n", "broken.md", "f1", kind=SHORTCUT, target="gone"),
    )
    source = vendor.source("drive:Handbook")
    found = by_id(source)
    markdown = by_id(vendor.source("drive:Handbook", documents="md"))

    assert {id_: file.name for id_, file in found.items()} == {"d": "休暇規程.docx", "t": "link.md"}
    assert found["t"].readers == {frozenset({OWNER, person("keiko@example.com")})}
    assert [source.read(file) for file in found.values()] == [b"# T", b"docx"]
    assert markdown["d"].name == "休暇規程.md"
    assert markdown["d"].version != found["d"].version
    source.close()


def test_one_name_for_two_files_lets_nobody_read_the_wrong_one(
    vendor: Vendor, drive: DriveApi
) -> None:
    """Drive allows it, and a path cannot tell the two apart: the rights may differ."""
    drive.put(DriveItem("a", "pay.md", "f1", b"# All", permissions=[granted(1, **KEIKO)]))
    drive.put(DriveItem("b", "pay.md", "f1", b"# Secret", permissions=[]))
    source = vendor.source("drive:Handbook")
    for file in by_id(source).values():
        with pytest.raises(ParseError, match="same name"):
            source.read(file)
    source.close()


def test_content_is_taken_only_with_the_rights_it_has_now(vendor: Vendor, drive: DriveApi) -> None:
    """A file that was narrowed, edited or replaced since the listing waits for the next one."""
    for id_ in "abc":
        drive.put(DriveItem(id_, f"{id_}.md", "f1", b"# X", permissions=[granted(1, **KEIKO)]))
    source = vendor.source("drive:Handbook")
    listed = by_id(source)
    drive.items["a"].permissions = []
    drive.items["b"].content = b"# Secret"
    drive.put(DriveItem("z", "c.md", "f1", b"# X", permissions=[granted(1, **KEIKO)]))
    del drive.items["c"]

    for file in listed.values():
        with pytest.raises(ParseError, match="changed while it was read"):
            source.read(file)
    source.close()


def test_a_shared_drive_tells_only_what_is_granted_on_the_file(
    vendor: Vendor, drive: DriveApi
) -> None:
    """rclone leaves out what is inherited: without a grant of its own, nobody may read a file."""
    drive.shared = True
    inherited = granted(1, **KEIKO, permissionDetails=[{"inherited": True}])
    direct = {**granted(2, type="group", emailAddress="hr@example.com")}
    direct["permissionDetails"] = [{"inherited": False}]
    drive.items["f1"].parent = "0AB"
    drive.put(
        DriveItem("a", "a.md", "f1", b"# A", permissions=[inherited]),
        DriveItem("b", "b.md", "f1", b"# B", permissions=[inherited, direct]),
    )
    found = by_id(vendor.source("shared:Handbook"))

    assert found["a"].readers == NOBODY
    assert found["b"].readers == {frozenset({group("google", "hr@example.com")})}


def test_drive_is_asked_for_one_folder_at_a_time(vendor: Vendor, drive: DriveApi) -> None:
    """Asked for several at once, rclone forgets an error that comes with the last reply."""
    folders = [f"d{n}" for n in range(40)]
    drive.put(*(DriveItem(one, f"規程 {one}", "f1", kind=FOLDER) for one in folders))
    drive.put(*(DriveItem(f"x-{one}", f"{one}.md", one, b"# X") for one in folders))
    found = by_id(vendor.source("drive:Handbook"))

    assert set(found) == {f"x-{one}" for one in folders}
    assert max(one.query.get("q", "").count(" in parents") for one in drive.requests) == 1


def test_drive_that_breaks_off_or_throttles_raises(vendor: Vendor, drive: DriveApi) -> None:
    """At each call: an incomplete search, a cut connection, a token that has expired."""
    drive.page = 2
    drive.put(*(DriveItem(f"x{n}", f"{n}.md", "f1", b"# X") for n in range(5)))
    list(vendor.source("drive:Handbook").files())
    calls = len(drive.requests)

    failures, cut = 0, list[VendorRequest]()
    for number in range(calls):
        drive.requests.clear()
        cut.clear()

        def fail(request: VendorRequest, after: int = number) -> VendorReply | None:
            if len(drive.requests) <= after:
                return None
            cut.append(request)
            return VendorReply({"files": []}, cut=True)

        drive.fail = fail
        try:
            list(vendor.source("drive:Handbook").files())
        except SourceError:
            failures += 1
        else:
            assert cut == []  # rclone may ask a little less often than the first time
    assert failures >= calls - 2
    drive.fail = lambda request: (
        (
            VendorReply({"files": [], "incompleteSearch": True})
            if "f1" in request.query["q"]
            else None
        )
        if "q" in request.query
        else None
    )
    with pytest.raises(SourceError, match="INCOMPLETE"):
        list(vendor.source("drive:Handbook").files())
    drive.fail = lambda _request: rate_limited()
    with pytest.raises(SourceError) as throttled:
        list(vendor.source("drive:Handbook").files())
    assert throttled.value.kind == "throttled"
    drive.fail = lambda request: (
        VendorReply({"error": "invalid_grant"}, 400) if request.path == "/token" else None
    )
    with pytest.raises(SourceError, match="rclone config reconnect") as raised:
        list(vendor.source("drive:Handbook", token="bad").files())
    assert raised.value.kind == "refused"
    assert "bad" not in str(raised.value)


def shared(*roles: str, **grant: object) -> dict[str, object]:
    return {"id": "p", "roles": list(roles or ["read"]), **grant}


def test_onedrive_tells_people_and_groups(vendor: Vendor, graph: GraphApi) -> None:
    """By mail or login name, and by the id of a group; site groups and links tell nobody."""
    staff = "0f5a1d1c-9a0b-4a3b-8f52-0f1f2f3f4f5f"
    login = {"siteUser": {"loginName": "i:0#.f|membership|Keiko@example.com"}}
    graph.page = 2
    graph.put(
        GraphItem("A", "休暇.md", "F1", b"# A", permissions=[shared(grantedToV2=login)]),
        GraphItem(
            "B",
            "b.md",
            "F1",
            b"# B",
            permissions=[
                shared("write", grantedToV2={"group": {"id": staff, "displayName": "Staff"}}),
                shared(
                    link={"scope": "users"},
                    grantedToIdentitiesV2=[{"user": {"email": "m@x.example"}}],
                ),
            ],
        ),
        GraphItem(
            "C",
            "c.md",
            "F1",
            b"# C",
            permissions=[
                shared(grantedToV2={"siteGroup": {"id": "5", "displayName": "Members"}}),
                shared(link={"scope": "organization"}),
            ],
        ),
        GraphItem("D", "d.md", "F1", b"# D"),
    )
    source = vendor.source("one:Handbook")
    found = by_id(source)
    opened = by_id(vendor.source("one:Handbook", anyone_with_link=True))

    assert found["A"].readers == {frozenset({person("keiko@example.com")})}
    assert found["B"].readers == {frozenset({group("entra", staff), person("m@x.example")})}
    assert found["C"].readers == found["D"].readers == NOBODY
    assert opened["C"].readers == EVERYBODY
    assert opened["D"].readers == NOBODY
    assert source.read(found["A"]) == b"# A"
    source.close()


def test_onedrive_waits_as_it_is_told_and_no_longer(vendor: Vendor, graph: GraphApi) -> None:
    """429 with Retry-After passes unseen; one that stays is told as throttling."""
    graph.put(GraphItem("A", "a.md", "F1", b"# A", permissions=[shared()]))
    busy = [graph_error(429, "activityLimitReached", Retry_After="1")]
    graph.fail = lambda request: busy.pop() if busy and "children" in request.path else None
    assert list(by_id(vendor.source("one:Handbook"))) == ["A"]

    graph.fail = lambda request: (
        graph_error(429, "activityLimitReached") if "permissions" in request.path else None
    )
    with pytest.raises(SourceError) as raised:
        list(vendor.source("one:Handbook").files())
    assert raised.value.kind == "throttled"


def test_a_file_whose_permissions_are_kept_back_is_for_nobody(
    vendor: Vendor, graph: GraphApi
) -> None:
    """The others are listed with theirs."""
    graph.put(GraphItem("A", "a.md", "F1", b"# A", permissions=[shared()]))
    keiko = {"user": {"email": "keiko@example.com"}}
    graph.put(GraphItem("B", "b.md", "F1", b"# B", permissions=[shared(grantedTo=keiko)]))
    graph.fail = lambda request: (
        graph_error(403, "accessDenied") if request.path.endswith("/A/permissions") else None
    )
    found = by_id(vendor.source("one:Handbook"))

    assert found["A"].readers == NOBODY
    assert found["B"].readers == {frozenset({person("keiko@example.com")})}
