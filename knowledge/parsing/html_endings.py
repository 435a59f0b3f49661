"""Drops what follows the text of a published page: other articles, comments, boxes of authors.

Nothing marks it but its title, so that the usual titles are known here, and hold only after half of
the text. What a team's own pages collect below "Related documents" or 関連資料 stays.
"""

import re
from collections.abc import Callable, Iterator

from knowledge.parsing.html_tables import Element

_LONGEST = 70
"""Characters of a title."""


def _any_of(lines: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line.strip()})" for line in lines.strip().split("\n")))


_OTHER_PAGES = _any_of(
    r"""
    you (?:may|might) (?:also )?(?:like|enjoy|be interested).*
    related (?:articles?|posts?|stories|coverage|news|reading|topics)
    more (?:on this (?:topic|story)|from .*|stories|news|posts|articles|like this)
    recommended (?:for you|articles|reading)
    (?:read (?:also|next|more|further)|also read)(?: .*)?
    most (?:read|popular|viewed)|explore further|trending(?: now)?|don.t miss|top stories
    (?:latest|popular|recent) (?:news|stories|posts|articles)
    das könnte (?:dich|sie|euch|dir|ihnen).*
    auch interessant|passend zum thema
    mehr (?:zum thema|von .*|aus .*|interessantes|artikel|news|lesen)
    lesen sie (?:auch|hier|mehr|weiter).*
    auch lesen|(?:zum )?weiterlesen
    weitere (?:artikel|beiträge|themen|nachrichten|meldungen|news|tipps|pressemitteilungen).*
    (?:ähnliche|verwandte|aktuelle|neueste|meistgelesene) (?:artikel|beiträge|themen|news|rezepte).*
    à lire (?:aussi|également)|lire aussi|sur le même (?:sujet|thème)|vous aimerez aussi
    articles? (?:similaires|liés|connexes)
    lea? también|te puede interesar|lo último|lo más (?:leído|visto)|más noticias
    (?:noticias|artículos|notas) relacionad[ao]s
    leia (?:também|mais)|veja também|leggi anche|articoli correlati|lees ook
    zobacz (?:również|też|także)|czytaj (?:też|również|także|więcej).*|polecane
    関連(?:する)?(?:記事|ニュース)(?:一覧)?
    (?:あわ|合わ)せて読みたい.*|こちらの記事も.*|この記事もおすすめ.*|よく読まれている.*
    (?:おすすめ|人気|最新|新着|注目)の?(?:記事|投稿|ニュース).*
    (?:人気|アクセス)ランキング
    """
)
"""What stands above links to other pages."""

_VOICES = _any_of(
    r"""
    leave a (?:reply|comment)|(?:post|write|add) (?:a |your )?comments?
    \d{1,5} (?:comments?|responses?|replies|thoughts)(?: (?:to|on) .*)?|comments? \(?\d{1,5}\)?
    join the (?:conversation|discussion).*|about the author
    sign up .{0,60}newsletter.*|subscribe to (?:our|the|my) (?:newsletter|blog|channel).*
    \d{1,5} kommentare?|kommentare? (?:\(?\d{1,5}\)?|schreiben|hinterlassen|verfassen)
    (?:hinterlasse|schreibe?n?) .{0,60}kommentar.*|diskutieren sie mit.*|bloggern gefällt das
    über (?:den|die) autor(?:in)?|(?:zum )?newsletter (?:abonnieren|anmelden|bestellen).*
    \d{1,5} commentaires?|laisser un commentaire|vos réactions
    \d{1,5} comentarios?|deja (?:un|tu) comentario|\d{1,5} komentarz[ey]
    コメントを(?:残す|書く|投稿する)|\d{1,5}件のコメント
    コメント ?[(（]\d{1,5}件?[)）]|最近の(?:コメント|投稿)
    この記事を書いた人|著者(?:プロフィール|紹介)
    (?:メルマガ|メールマガジン|ニュースレター)(?:の)?(?:登録|購読).*
    """
)
"""What stands above comments, the author, or the form of a newsletter."""

_ALONE = _any_of(
    r"""
    share (?:this(?: \w+)?|on)|be sociable.*|tweet|advertisement
    (?:mit freunden )?teilen(?: mit)?|gefällt mir|artikel (?:teilen|bewerten|drucken)
    anzeige|werbung|partager|compartir|udostępnij|publicidad|reklama
    (?:foto|photo|bild|fotos|photos|bildquelle|bildnachweis|picture)(?: credit| by| von)?[:：] .*
    (?:.{1,60}[ /|])?(?:getty images|reuters|afp|dpa|shutterstock(?:\.com)?|istock(?:\.com)?)
    ©.*|(?:写真|撮影|画像|写真提供|画像提供)[:：].*
    この記事をシェア.*|シェア(?:する)?|ツイート(?:する)?|広告
    """
)
"""What only labels buttons or a place for advertisements, or names the owner of a picture."""

_BACK = _any_of(
    r"""
    (?:go )?back|return|back to (?:the )?(?:top|home|overview|list|index|news)(?: .{1,20})?|top
    print(?: this page)?|(?:read|learn) more|more|continue reading|permalink
    (?:zurück )?(?:nach oben|zur übersicht|zur startseite)|zurück(?: .{1,30})?
    drucken|weiterlesen|mehr (?:erfahren|lesen)|alle anzeigen|zum shop|permalien
    retour(?: .{1,30})?|volver(?: .{1,30})?|imprimir|drukuj
    (?:この)?(?:ページ(?:の)?)?(?:先頭|トップ|top)(?:へ|に)?(?:戻る)?
    (?:一覧|前のページ|ホーム)(?:へ|に)戻る|戻る|印刷(?:する)?|トップページへ
    続きを読む|もっと(?:見る|読む)|一覧を見る|詳しく(?:は|見る)
    """
)
"""Links that only lead around."""

_MARKS = " \t\r\n\xa0»«›‹→←↑▲△▶►>< …|:：・-–—!?！？."
_TITLES = frozenset(
    "h1 h2 h3 h4 h5 h6 p div span strong b em a li summary legend header small figcaption".split()  # noqa: SIM905 - short
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_AFTER = 0.4
"""Share of the text that stands before."""

_MOST = 0.35
"""Share of the text up to which a part is dropped."""

_LINKED = 0.3
"""Share of linked text from which a part leads to other pages."""

Sizes = Callable[[Element], tuple[int, int]]
"""Gives the characters of an element's text, and those that are linked."""


def drop_endings(main: Element, size: Sizes) -> None:
    """Drop from *main* what its titles say to be no text of the page."""
    whole, _ = size(main)
    gone: list[Element] = []
    inside: set[Element] = set()
    for element, before in list(_titles(main, size)):
        if element in inside:
            continue
        found = list[Element]()
        title = "".join(element.itertext()).strip(_MARKS).lower()
        length, linked = size(element)
        is_link = linked >= length * (1 - _LINKED)
        if (is_link and _BACK.fullmatch(title)) or _ALONE.fullmatch(title):
            found.append(element)
        elif before >= _AFTER * whole:
            is_voice = bool(_VOICES.fullmatch(title))
            if is_voice or _OTHER_PAGES.fullmatch(title):
                found += _part(element, main, size, is_voice=is_voice)
        for part in found:
            inside.update(part.iter())
        gone += found
    for element in gone:
        if element.getparent() is not None:
            element.drop_tree()


def _titles(main: Element, size: Sizes) -> Iterator[tuple[Element, int]]:
    """Yield the short elements in *main*, with the characters before them."""
    from lxml import etree

    before = 0
    for event, element in etree.iterwalk(main, events=("start", "end")):
        if event == "end":
            before += len((element.tail or "").strip()) if element is not main else 0
            continue
        if element is not main and element.tag in _TITLES and 0 < size(element)[0] <= _LONGEST:
            yield element, before
        before += len((element.text or "").strip())


def _part(title: Element, main: Element, size: Sizes, *, is_voice: bool) -> list[Element]:
    """Return the elements that a title stands for: its container, else what follows it."""
    most = _MOST * size(main)[0]
    part = title
    while (parent := part.getparent()) is not main and parent is not None:
        above = (parent.text or "").strip() or any(
            size(one)[0] for one in part.itersiblings(preceding=True)
        )
        if above or size(parent)[0] > most:
            break
        part = parent
    length, linked = size(part)
    own, own_linked = size(title)
    if length > own:
        leads = linked - own_linked >= _LINKED * (length - own)
        return [part] if is_voice or leads else []
    found = [part]
    for one in part.itersiblings():
        length, linked = size(one)
        if not isinstance(one.tag, str) or not length:
            continue
        if one.tag in _HEADINGS or length > most or not (is_voice or linked >= _LINKED * length):
            break
        found.append(one)
    return found if is_voice or len(found) > 1 else []
