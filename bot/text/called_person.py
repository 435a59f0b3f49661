"""Whether a text begins by calling somebody by name. Pure."""

import re

_TITLES = "さん|くん|君|様|先生|部長|課長|係長|先輩"
_CALLED_JAPANESE = re.compile(
    rf"^[\wァ-ヶー]{{0,10}}?(?:{_TITLES})"
    r"(?:[、,。！!:：\s]|は?(?:どう思|わかり|分かり|ご存|知って|お願い|これ))"
)
_CALLED_ENGLISH = re.compile(r"^(?:hey |hi |hello )?@?(?P<name>[A-Z][a-z]{1,14})(?:[,:]| —| -) ")
_OPENERS = frozenset(
    re.findall(
        r"\w+",
        """actually again alright also and anyway but exactly fine finally first follow good great
        hello hey hi hm hmm however instead maybe next no now oh ok okay one otherwise perfect
        perhaps please question really right second separately similarly so sorry still sure thanks
        then though understood wait well what yeah yep yes""",
    )
)


def calls_somebody(said: str) -> bool:
    """Tell whether *said*, in Unicode's NFKC form, calls somebody by name at its beginning."""
    if _CALLED_JAPANESE.match(said):
        return True
    called = _CALLED_ENGLISH.match(said)
    return called is not None and called["name"].lower() not in _OPENERS
