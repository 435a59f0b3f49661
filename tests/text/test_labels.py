"""A thing with another number or letter is another thing."""

import pytest

from bot.text.labels import labels_missing


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("Who is the caretaker of building B", "The caretaker of building A is Mr Novak."),
        ("caretaker building d", "The caretaker of building A is Mr D."),
        ("when is room two free", "Room 1 is free from 2:00."),
        ("When is room 2 free", "Room 12 is free from 10:00."),
        ("Is the second floor open", "The first floor is open."),
        ("D棟の管理人", "A棟の管理人は高橋さんです。"),
        ("製品Bの保証期間", "製品Aの保証期間は2年です。"),
        ("窓口Ｃの時間", "窓口Bは10時に開きます。"),
        ("第二会議室の予約", "第1会議室は2時から使えます。"),
        ("第１会議室の予約", "第11会議室は1時から使えます。"),
        ("第十一会議室の予約", "第1会議室は9時から使えます。"),
    ],
)
def test_another_label_is_missing(asked: str, text: str) -> None:
    assert labels_missing(asked, text)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("caretaker of building b", "The caretaker of Building B is Mr Moser."),
        ("when is room two free", "Room 2 is free from 10:00."),
        ("is room 2 free", "Rooms 1 and 2 are free."),
        ("Is the 2nd floor open", "The second floor is open."),
        ("Is the second floor open", "Floor 2 is open."),
        ("Ｂ棟の管理人", "B棟の管理人は中村さんです。"),
        ("製品Bの保証期間", "製品 B の保証期間は2年です。"),
        ("第二会議室の予約", "第2会議室は10時から使えます。"),
        ("第2会議室の予約", "第二会議室は10時から使えます。"),
        ("第二十三会議室の予約", "第23会議室は10時から使えます。"),
        ("A4の用紙", "A4の用紙は棚にあります。"),
        ("Is the plan a good one", "The plan is good."),
    ],
)
def test_the_same_label_is_found_however_it_is_written(asked: str, text: str) -> None:
    assert not labels_missing(asked, text)
