"""What people ask in a soak: about documents that change, and about what others have saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Fact:
    """Something that a document says.

    Attributes:
        text: With `{}` for what changes.
        value: What it says now; `values` are all that it has ever said.
    """

    name: str
    title: str
    text: str
    question: str
    value: str
    values: list[str] = field(default_factory=list)

    def write(self, folder: Path, value: str = "") -> None:
        """Write the document, with another value if one is given."""
        self.value = value or self.value
        self.values.append(self.value)
        text = f"# {self.title}\n\n{self.text.format(self.value)}\n"
        (folder / f"{self.name}.md").write_text(text, "utf-8")


def facts() -> list[Fact]:
    """Return what the documents say, in both languages."""
    return [Fact(*row) for row in _FACTS]


_FACTS: Sequence[tuple[str, str, str, str, str]] = (
    (
        "reception",
        "Reception",
        "The reception is open until {} on weekdays.",
        "Until when is the reception open on weekdays?",
        "17:30",
    ),
    (
        "parking",
        "Car park",
        "The car park has {} parking spaces for visitors.",
        "How many parking spaces for visitors does the car park have?",
        "120",
    ),
    (
        "expenses",
        "Expense reports",
        "Expense reports must be sent within {} days of a business trip.",
        "Within how many days of a business trip must expense reports be sent?",
        "41",
    ),
    (
        "library",
        "Library",
        "Books of the library may be borrowed for {} weeks.",
        "For how many weeks may books of the library be borrowed?",
        "16",
    ),
    (
        "kaigishitsu",
        "会議室",
        "会議室の予約は{}日前まで受け付けます。",
        "会議室の予約は何日前まで受け付けますか？",
        "63",
    ),
    (
        "shokudo",
        "社員食堂",
        "社員食堂の昼食は{}円です。",
        "社員食堂の昼食はいくらですか？",
        "580",
    ),
    (
        "kenshin",
        "健康診断",
        "健康診断の結果は{}日以内に郵送されます。",
        "健康診断の結果は何日以内に郵送されますか？",
        "21",
    ),
    (
        "biruhin",
        "備品の貸出",
        "備品の貸出期間は{}週間です。",
        "備品の貸出期間は何週間ですか？",
        "11",
    ),
)


@dataclass(frozen=True, slots=True)
class EntryText:
    """An entry that people save; nothing else has its code."""

    question: str
    answer: str
    code: str
    japanese: bool


def entry_texts(count: int) -> list[EntryText]:
    """Return *count* entries, by turns in English and Japanese."""
    made = list[EntryText]()
    for number in range(count):
        half, japanese = divmod(number, 2)
        things, forms = (_THINGS_JA, _FORMS_JA) if japanese else (_THINGS, _FORMS)
        question, answer = forms[half % len(forms)]
        thing, code = things[half % len(things)], str(4001 + 7 * number)
        if half >= len(things):
            thing += f"（{half}号）" if japanese else f" no. {half}"
        made.append(
            EntryText(question.format(thing), answer.format(thing, code), code, bool(japanese))
        )
    return made


_FORMS = (
    ("Where is the key of the {} kept?", "The key of the {} is kept in box {}."),
    ("What is the extension of the {}?", "The extension of the {} is {}."),
    ("What is the booking code of the {}?", "The booking code of the {} is {}."),
    ("Which cabinet has the manual of the {}?", "The manual of the {} is in cabinet {}."),
    ("What is the inventory number of the {}?", "The inventory number of the {} is {}."),
)
_FORMS_JA = (
    ("{}の鍵はどこにありますか？", "{}の鍵は{}番の箱にあります。"),
    ("{}の内線番号は何番ですか？", "{}の内線番号は{}です。"),
    ("{}の予約コードは何ですか？", "{}の予約コードは{}です。"),
    ("{}の取扱説明書はどの棚ですか？", "{}の取扱説明書は{}番の棚です。"),
    ("{}の管理番号は何番ですか？", "{}の管理番号は{}です。"),
)
_THINGS = (
    *("projector", "ladder", "espresso machine", "laminator", "forklift", "greenhouse"),
    *("darkroom", "compressor", "piano", "trampoline", "sewing machine", "telescope"),
    *("photo studio", "wheelchair", "minibus", "aquarium", "shredder", "kiln"),
    *("sauna", "drone", "generator", "tandem", "marquee", "safe", "elevator"),
)
_THINGS_JA = (
    *("プロジェクター", "脚立", "製氷機", "裁断機", "台車", "温室", "暗室", "金庫"),
    *("茶室", "卓球台", "顕微鏡", "天体望遠鏡", "撮影室", "車椅子", "送迎バス", "水槽"),
    *(
        "発電機",
        "加湿器",
        "陶芸窯",
        "印刷機",
        "録音室",
        "屋上庭園",
        "避難はしご",
        "除雪機",
        "冷凍庫",
    ),
)

LABELS: Mapping[bool, str] = {False: " (no. {})", True: "（その{}）"}
"""Tells questions apart, by whether they are in Japanese."""
