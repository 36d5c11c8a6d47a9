"""Names of character classes that Go 1.25 and later know in `\\p{...}`, in those that RE2 itself knows.

Go compares names without case, spaces, dashes and underscores, knows the long names of categories, and the classes Any,
ASCII, Assigned, Cn and LC. Source: Go 1.25, package regexp/syntax; templating.md, Basis (Go 1.26).
"""

from __future__ import annotations

import re

_CATEGORIES = {
    "C": "other", "Cc": "control cntrl", "Cf": "format", "Co": "privateuse", "Cs": "surrogate",
    "L": "letter", "Ll": "lowercaseletter", "Lm": "modifierletter", "Lo": "otherletter", "Lt": "titlecaseletter",
    "Lu": "uppercaseletter",
    "M": "mark combiningmark", "Mc": "spacingmark", "Me": "enclosingmark", "Mn": "nonspacingmark",
    "N": "number", "Nd": "decimalnumber digit", "Nl": "letternumber", "No": "othernumber",
    "P": "punctuation punct", "Pc": "connectorpunctuation", "Pd": "dashpunctuation", "Pe": "closepunctuation",
    "Pf": "finalpunctuation", "Pi": "initialpunctuation", "Po": "otherpunctuation", "Ps": "openpunctuation",
    "S": "symbol", "Sc": "currencysymbol", "Sk": "modifiersymbol", "Sm": "mathsymbol", "So": "othersymbol",
    "Z": "separator", "Zl": "lineseparator", "Zp": "paragraphseparator", "Zs": "spaceseparator",
}  # fmt: skip
_SCRIPTS = """
    Anatolian_Hieroglyphs Bassa_Vah Canadian_Aboriginal Caucasian_Albanian Cypro_Minoan Dives_Akuru
    Egyptian_Hieroglyphs Gunjala_Gondi Hanifi_Rohingya Imperial_Aramaic Inscriptional_Pahlavi Inscriptional_Parthian
    Khitan_Small_Script Kirat_Rai Linear_A Linear_B Masaram_Gondi Meetei_Mayek Mende_Kikakui Meroitic_Cursive
    Meroitic_Hieroglyphs Nag_Mundari New_Tai_Lue Nyiakeng_Puachue_Hmong Ol_Chiki Ol_Onal Old_Hungarian Old_Italic
    Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Pahawh_Hmong
    Pau_Cin_Hau Phags_Pa Psalter_Pahlavi SignWriting Sora_Sompeng Syloti_Nagri Tai_Le Tai_Tham Tai_Viet
    Tulu_Tigalari Warang_Citi Zanabazar_Square
"""
"""Scripts whose name is more than one word; the others begin with a capital letter and go on in small ones."""
_ASSIGNED = r"\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}\p{C}"
_MEMBERS = {
    "any": (r"\x{0}-\x{10FFFF}", ""),
    "ascii": (r"\x00-\x7F", r"\x{80}-\x{10FFFF}"),
    "assigned": (_ASSIGNED, ""),
    "unassigned": ("", _ASSIGNED),
    "cn": ("", _ASSIGNED),
    "lc": (r"\p{Lu}\p{Ll}\p{Lt}", ""),
    "casedletter": (r"\p{Lu}\p{Ll}\p{Lt}", ""),
}
"""What stands in brackets for a class, and for all that is not in it; empty where brackets cannot say it."""


def _plain(name: str) -> str:
    return re.sub("[-_ ]", "", name).lower()


_KNOWN = {
    **{alias: short for short, aliases in _CATEGORIES.items() for alias in (*aliases.split(), short.lower())},
    **{_plain(script): script for script in _SCRIPTS.split()},
}
_CLASS = re.compile(r"\\([pP])(?:\{(\^?)([^}]*)\}|([A-Za-z]))")
_PIECE = re.compile(r"\\[pP](?:\{[^}]*\}|[A-Za-z])|\\.|\[:[a-z^]*:\]|.", re.DOTALL)


def with_known_names(pattern: str) -> str:
    """The pattern with the names that RE2 knows; one that nobody knows is left, and refused."""
    parts: list[str] = []
    opening: list[str] = []  # of the brackets that are open: `]` right after `[` or `[^` stands for itself
    for piece in _PIECE.findall(pattern):
        found = _CLASS.fullmatch(piece)
        parts.append(_class(found, bool(opening)) if found else piece)
        if not opening:
            opening = ["["] if piece == "[" else []
        elif piece == "]" and opening not in (["["], ["[", "^"]):
            opening = []
        else:
            opening.append(piece)
    return "".join(parts)


def _class(found: re.Match[str], inside: bool) -> str:
    name = _plain(found[3] if found[3] is not None else found[4])
    negative = (found[1] == "P") is not (found[2] == "^")
    if name not in _MEMBERS:
        return rf"\{'P' if negative else 'p'}{{{_KNOWN.get(name, name.capitalize())}}}"
    members, others = _MEMBERS[name]
    if inside:
        return (others if negative else members) or found[0]
    if members:
        return f"[{'^' if negative else ''}{members}]"
    return f"[{'' if negative else '^'}{others}]"
