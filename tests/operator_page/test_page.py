"""The page over a real server and a real Redis: what it tells, to whom, and to whom nothing."""

import asyncio
import re
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from bs4 import BeautifulSoup
from yarl import URL

from bot.core.types import Job
from bot.evaluation.certificate import Certificate, CertificateStore
from bot.operator_page import board as board_module
from bot.operator_page.alarms import LAG_SECONDS
from bot.operator_page.board import OperatorBoard
from bot.operator_page.layout import PATH
from bot.operator_page.routes import COOKIE
from bot.operator_page.sessions import MOST_TRIES, OperatorSessions
from bot.redis.connection import RedisConnection
from tests.operator_page.conftest import MakeBoard
from tests.support.operator_team import (
    DAY,
    TOKEN,
    PastWeek,
    plant_handoffs,
    plant_weeks,
    report_machines,
    served,
)
from tests.support.redis import frozen, process_id

BEARER = {"Authorization": f"Bearer {TOKEN}"}
HOSTILE = (
    '<script>alert("1")</script>',
    "\u202eevil\u2066 \x1b]0;title\x07",
    "' onmouseover='x' \" {{ 7*7 }} </style>",
    "主" * 1_000_000,
)


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser, as far as cookies go."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, raise_for_status=False) as session:
        yield session


async def page_of(url: str, language: str = "en") -> BeautifulSoup:
    """Return the page as whoever has the token sees it."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}{PATH}?lang={language}", headers=BEARER) as response,
    ):
        assert response.status == 200
        return BeautifulSoup(await response.text(), "lxml")


def rows(page: BeautifulSoup, table: str) -> list[list[str]]:
    """Return the cells of the table with that name."""
    found = page.select_one(f'.scroll[aria-label="{table}"]')
    assert found is not None, page.get_text(" ", strip=True)
    body = found.select("tbody tr")
    return [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in body]


def alarms(page: BeautifulSoup) -> set[str]:
    """Return the kinds of the alarms."""
    return {str(one["id"]).removeprefix("alarm-") for one in page.select(".alarm")}


# Who is let in.


async def test_signing_in_gives_a_cookie_that_is_not_the_token(
    board: OperatorBoard, browser: aiohttp.ClientSession
) -> None:
    """Scripts cannot read it, other sites cannot use it, and it is gone after signing out."""
    async with served(board) as url:
        async with browser.post(
            f"{url}{PATH}?lang=ja", data={"token": TOKEN}, allow_redirects=False
        ) as response:
            assert (response.status, response.headers["Location"]) == (303, f"{PATH}?lang=ja")
            given = response.headers["Set-Cookie"]
        async with browser.get(f"{url}{PATH}") as response:
            assert response.status == 200
        async with browser.post(f"{url}{PATH}/sign-out", allow_redirects=False) as response:
            assert response.status == 303
        async with browser.get(f"{url}{PATH}") as response:
            assert response.status == 401
        copied = {"Cookie": given.partition(";")[0]}
        async with browser.get(f"{url}{PATH}", headers=copied) as response:
            assert response.status == 401

    assert TOKEN not in given
    attributes = {part.strip().lower() for part in given.split(";")}
    assert {"httponly", "samesite=strict", f"path={PATH}", "max-age=3600"} <= attributes
    assert "secure" not in attributes


async def test_behind_tls_the_cookie_never_travels_without(
    board: OperatorBoard, browser: aiohttp.ClientSession
) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    async with (
        served(board) as url,
        browser.post(
            f"{url}{PATH}", data={"token": TOKEN}, headers=headers, allow_redirects=False
        ) as response,
    ):
        assert "; secure" in response.headers["Set-Cookie"].lower()


async def test_without_the_token_nothing_is_said(
    board: OperatorBoard, store: RedisConnection, browser: aiohttp.ClientSession
) -> None:
    """Not with a wrong one, with a cookie of another token, with an old one, or by HEAD."""
    await report_machines(store, ("kotae-worker-1", 10.0))
    clock = [time.time() - 10_000]
    sessions = OperatorSessions(TOKEN, lambda: clock[0])
    expired = sessions.new_cookie()
    clock[0] += 10_000
    foreign = OperatorSessions("another-token-of-another-bot").new_cookie()
    tried: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": f"bearer {TOKEN}x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Cookie": f"{COOKIE}={expired}"},
        {"Cookie": f"{COOKIE}={foreign}"},
        {"Cookie": f"{COOKIE}={TOKEN}"},
        {"Cookie": f'{COOKIE}="{sessions.new_cookie()[:-1]}"'},
        {"Cookie": f"{COOKIE}=; {COOKIE}=\udcff.\udcff"},
        {"Cookie": f"{COOKIE}={'9' * 7_000}.x"},
    ]
    async with served(board, sessions) as url:
        seen = set[str]()
        for headers in tried:
            for method in ("GET", "HEAD"):
                async with browser.request(method, f"{url}{PATH}", headers=headers) as response:
                    assert response.status == 401, headers
                    assert "Set-Cookie" not in response.headers
                    seen.add(re.sub(r"<p class=\"bad\".*?</p>\n", "", await response.text()))
        async with browser.get(f"{url}{PATH}?token={TOKEN}") as response:
            assert response.status == 401

    assert len(seen) == 2  # the form, and nothing for HEAD
    form = BeautifulSoup(max(seen), "lxml").get_text(" ", strip=True)
    assert form == "Sign in Token Sign in 日本語"


async def test_wrong_tokens_are_limited_and_sessions_go_on(
    board: OperatorBoard, browser: aiohttp.ClientSession
) -> None:
    """By form and by header together; whoever is signed in already does not notice."""
    sessions = OperatorSessions(TOKEN)
    async with served(board, sessions) as url:
        for place in range(MOST_TRIES):
            wrong = {"Authorization": "Bearer wrong"}
            if place % 2:
                refused = browser.get(f"{url}{PATH}", headers=wrong)
            else:
                refused = browser.post(f"{url}{PATH}", data={"token": "wrong"})
            async with refused as response:
                assert response.status == 401
                assert "wrong" in await response.text()
        async with browser.post(f"{url}{PATH}", data={"token": TOKEN}) as response:
            assert response.status == 429
            assert 0 < int(response.headers["Retry-After"]) <= 60
        held = {"Cookie": f"{COOKIE}={sessions.new_cookie()}"}
        async with browser.get(f"{url}{PATH}", headers=held) as response:
            assert response.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},  # a page without TLS sends nothing else
        {"Origin": "null"},
    ],
)
async def test_another_site_cannot_use_up_the_tries(
    board: OperatorBoard, browser: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    """A page that somebody has open sends forms to this machine; no token in them is looked at."""
    async with served(board) as url:
        for _ in range(2 * MOST_TRIES):
            for path in (PATH, f"{PATH}/sign-out"):
                sent = browser.post(f"{url}{path}", data={"token": TOKEN}, headers=headers)
                async with sent as response:
                    assert response.status == 403
                    assert "Set-Cookie" not in response.headers
        for own in ({}, {"Origin": url}, {"Origin": url, "Sec-Fetch-Site": "same-origin"}):
            sent = browser.post(f"{url}{PATH}", data={"token": TOKEN}, headers=own)
            async with sent as response:
                assert response.status == 200


@pytest.mark.parametrize(
    "form",
    [b"", b"token", b"x" * 5_000, b"token=" + b"&token=" * 50, b"\xff\xfe=\x00", b"token=%ff%00"],
    ids=["empty", "no value", "long", "many", "no text", "odd bytes"],
)
async def test_a_malformed_form_is_a_wrong_token(
    board: OperatorBoard, browser: aiohttp.ClientSession, form: bytes
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with (
        served(board) as url,
        browser.post(f"{url}{PATH}", data=form, headers=headers) as response,
    ):
        assert response.status == 401


@pytest.mark.parametrize(
    "path",
    [
        *("/operator/", "//operator", "/operator/..", "/operator/../operator/x", "/operator%2f"),
        *("/OPERATOR", "/operator;x", "/operator/sign-out", "/operator/page.css", "/operator%00"),
        *("/operator/%2e%2e/%2e%2e/etc/passwd", "/", "/operator.html", "/operator/board.html"),
    ],
)
async def test_no_other_path_leads_there(
    board: OperatorBoard, browser: aiohttp.ClientSession, path: str
) -> None:
    """With the token as well: there is one page."""
    async with (
        served(board) as url,
        browser.get(URL(f"{url}{path}", encoded=True), headers=BEARER) as response,
    ):
        assert response.status in {404, 405}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_the_page_is_only_read(
    board: OperatorBoard, browser: aiohttp.ClientSession, method: str
) -> None:
    async with (
        served(board) as url,
        browser.request(method, f"{url}{PATH}", headers=BEARER) as response,
    ):
        assert response.status == 405


async def test_head_says_no_more_than_that_it_is_there(
    board: OperatorBoard, browser: aiohttp.ClientSession
) -> None:
    async with (
        served(board) as url,
        browser.head(f"{url}{PATH}", headers=BEARER) as response,
    ):
        assert response.status == 200
        assert await response.read() == b""


async def test_of_many_tries_at_once_few_are_looked_at(
    board: OperatorBoard, browser: aiohttp.ClientSession
) -> None:
    """Fifty connections guess; the right token among them is not found beyond the limit."""
    guesses = [f"guess {number}" for number in range(MOST_TRIES)] + [TOKEN] * 40
    sessions = OperatorSessions(TOKEN)

    async def guess(url: str, token: str) -> int:
        async with browser.post(f"{url}{PATH}", data={"token": token}) as response:
            return response.status

    async with served(board, sessions) as url:
        first = await asyncio.gather(*(guess(url, one) for one in guesses[:MOST_TRIES]))
        rest = await asyncio.gather(*(guess(url, one) for one in guesses[MOST_TRIES:]))

    assert set(first) == {401}
    assert set(rest) == {429}


# What it looks like from outside.


async def test_a_browser_may_do_nothing_with_it_but_show_it(
    board: OperatorBoard, browser: aiohttp.ClientSession
) -> None:
    """No script, nothing from elsewhere, in no frame, in no cache; the style is known by hash."""
    async with served(board) as url:
        for headers in ({}, BEARER):
            async with browser.get(f"{url}{PATH}", headers=headers) as response:
                policy = response.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; style-src 'sha256-")
                assert "unsafe" not in policy
                assert "frame-ancestors 'none'" in policy
                assert response.headers["Cache-Control"] == "no-store"
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Referrer-Policy"] == "no-referrer"
                page = BeautifulSoup(await response.text(), "lxml")
            assert page.select("script, link, img, iframe, object, [style], [src]") == []
            assert not re.search(r"https?://|\son\w+=", str(page))


@pytest.mark.parametrize(
    ("wanted", "query", "title"),
    [
        ("ja,en;q=0.8", "", "運用担当者"),
        ("fr, ja;q=0.5", "", "運用担当者"),
        ("en-GB,ja", "", "for operators"),
        ("", "", "for operators"),
        ("en", "?lang=ja", "運用担当者"),
        ("ja", "?lang=en", "for operators"),
        ("ja", "?lang=<script>", "運用担当者"),
    ],
)
async def test_it_speaks_the_language_of_the_browser(
    board: OperatorBoard, browser: aiohttp.ClientSession, wanted: str, query: str, title: str
) -> None:
    headers = {**BEARER, "Accept-Language": wanted}
    async with (
        served(board) as url,
        browser.get(URL(f"{url}{PATH}{query}", encoded=True), headers=headers) as response,
    ):
        assert title in await response.text()


# What it tells.


async def test_it_tells_how_weeks_were_and_what_they_cost(
    board: OperatorBoard, store: RedisConnection
) -> None:
    """As a chart, and as a table for readers without pictures; an unknown price is not nothing."""
    await plant_weeks(store, [PastWeek(3, 1, 2, 1, 1, 0.5), PastWeek(2, cost_usd=None)])
    async with served(board) as url:
        page = await page_of(url)

    newest, before, *others = rows(page, "Questions by week")
    assert newest[1:] == ["2", "2", "0", "0", "0", "0", "unknown"]
    assert before[1:] == ["8", "3", "1", "2", "1", "1", "$4.00"]
    assert {tuple(row[1:]) for row in others} == {("0", "0", "0", "0", "0", "0", "nothing")}
    told = {title.get_text() for title in page.select("svg title")}
    assert {f"{before[0]} handed over: 2", f"{before[0]}: $4.00"} <= told
    assert all(svg.get("aria-label") for svg in page.select('svg[role="img"]'))


async def test_it_tells_who_has_gaps_and_how_old_handoffs_are(
    board: OperatorBoard, store: RedisConnection
) -> None:
    """Whom only a document names is not named: it may be one that few may read."""
    owners = ["U0KEIKO00", "U0KEIKO00", "U0BOB0000", "", "the boss of the secret plan"]
    await plant_handoffs(store, owners)
    async with served(board) as url:
        page = await page_of(url)

    found = {row[0]: row[1:4] for row in rows(page, "Gaps, by expert")}
    assert found == {
        "@keiko": ["2", "2", "2"],
        "@bob": ["1", "1", "1"],
        "nobody, or not known in Slack": ["2", "2", "2"],
    }
    ages = rows(page, "Open handoffs, by age")
    assert [row[1] for row in ages] == ["1", "3", "1", "0", "0"]
    assert ages[1][2] == "1"
    assert "secret plan" not in str(page)
    assert "How do we" not in str(page)


async def test_it_tells_which_machine_is_how_far(
    board: OperatorBoard, store: RedisConnection
) -> None:
    """The indexer, who has the newest version, and who has not and why."""
    await report_machines(
        store,
        ("kotae-a", LAG_SECONDS + 60),
        ("kotae-b", LAG_SECONDS + 60),
        ("kotae-c", 3 * DAY),
        reason="the index store does not answer",
    )
    async with served(board) as url:
        page = await page_of(url)

    first, second, third = rows(page, "Workers and other processes")
    assert first[:3] == ["kotae-a", "newest", "answers, indexer"]
    assert second[:3] == ["kotae-b", "newest", "answers"]
    assert third[1] == "behind for 6 min the index store does not answer"
    assert re.fullmatch(r"\d s ago", third[4])
    assert "kotae-c" in page.select_one("#alarm-index").get_text()  # type: ignore[union-attr]


async def test_a_source_that_fails_says_so_and_one_for_few_has_no_name(
    board: OperatorBoard,
) -> None:
    """Its kind and its state are told; its name and its own words are not."""
    report = await board.parts.base.sync()
    assert [failure.source for failure in report.failures] == ["salaries-zq"]
    async with served(board) as url:
        english, japanese = await page_of(url), await page_of(url, "ja")

    handbook, hidden = rows(english, "Sources")
    assert handbook[:4] == ["handbook", "OK", "folder", "1"]
    assert hidden[0] == "not for all members (1)"
    assert "failing since" in hidden[1]
    assert "knowledge.toml" in hidden[1]
    assert "knowledge.toml の設定に誤り" in rows(japanese, "情報源")[1][1]
    assert "salaries" not in str(english)
    assert alarms(english) == {"late", "workers"}


async def test_alarms_are_those_of_the_rules(make_board: MakeBoard, store: RedisConnection) -> None:
    """A certificate that has lapsed, a budget nearly used; a job that has just come is none."""
    board = make_board()
    now = time.time()
    held = Certificate(0.5, 0.9, 0.95, 0.8, 100, 2, '["old", "p", "i", "s"]', now)
    await CertificateStore(store.commands).save(held)
    day = int(now // DAY)
    await store.commands.set(f"{{kotae}}:v1:budget:{day}:all", 850_000)
    await board.parts.queue.put(Job("q1", "q1", "question", {"text": "secret"}))
    async with served(board) as url:
        page = await page_of(url)

    assert alarms(page) == {"workers", "certificate", "budget"}
    assert "85 % of today's budget" in page.get_text()
    assert "the model was changed" in page.get_text()
    shown = [card.get_text(" ", strip=True) for card in page.select(".cards .card")]
    assert shown[0] == "1 waiting"
    assert "secret" not in str(page)


async def test_foreign_names_change_nothing(board: OperatorBoard, store: RedisConnection) -> None:
    """Whatever a machine is called, and however long: it is text, in one line, at its place."""
    await report_machines(store, *((name, 5.0) for name in HOSTILE), reason=HOSTILE[0] * 1_000)
    async with (
        served(board) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}{PATH}", headers=BEARER) as response,
    ):
        html = await response.text()

    assert len(html) < 100_000
    assert "<script>" not in html
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b\x07]", html)
    assert "{{ 7*7 }}" in html
    page = BeautifulSoup(html, "lxml")
    assert page.select("script, [onmouseover]") == []
    assert len(rows(page, "Workers and other processes")) == len(HOSTILE)


async def test_of_ten_thousand_gaps_the_newest_are_read(
    board: OperatorBoard, store: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read is bounded, and the page says so."""
    monkeypatch.setattr(board_module, "MOST_RECORDS", 50)
    await plant_handoffs(store, ["U0KEIKO00"] * 40 + [f"U{n:08}" for n in range(60)])
    async with served(board) as url:
        page = await page_of(url)

    assert sum(int(row[1]) for row in rows(page, "Gaps, by expert")) <= 100
    assert "Only the newest" in page.get_text()


async def test_many_who_look_cost_no_more_than_one(
    board: OperatorBoard, store: RedisConnection
) -> None:
    """Thirty at once are answered from one reading."""
    async with served(board) as url:
        await page_of(url)
        before = int((await store.commands.info("stats"))["total_commands_processed"])
        await asyncio.gather(*(page_of(url) for _ in range(30)))
        after = int((await store.commands.info("stats"))["total_commands_processed"])

    assert after - before < 30


async def test_a_redis_that_hangs_gives_a_page_that_says_so(
    board: OperatorBoard, store: RedisConnection, browser: aiohttp.ClientSession
) -> None:
    """With 503, to operators alone; others get the form, as always."""
    async with served(board) as url:
        with frozen(await process_id(store)):
            async with browser.get(f"{url}{PATH}?lang=ja", headers=BEARER) as response:
                told = await response.text()
                assert response.status == 503
            async with browser.get(f"{url}{PATH}") as response:
                assert response.status == 401

    assert "Redis が応答しません" in told
    assert "Traceback" not in told


async def test_no_secret_is_in_the_page(
    board: OperatorBoard, store: RedisConnection, redis_url: str
) -> None:
    await plant_weeks(store)
    await plant_handoffs(store, ["U0KEIKO00"])
    async with served(board) as url:
        html = str(await page_of(url)) + str(await page_of(url, "ja"))

    for secret in (TOKEN, redis_url, "What is number", "C1", "slack:T1"):
        assert secret not in html
