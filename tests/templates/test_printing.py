"""Go's package fmt on the values that templates meet."""

import math
from typing import Any

import pytest

from validator.templates.clock import Month
from validator.templates.errors import UnsupportedError
from validator.templates.gonumbers import format_float
from validator.templates.printing import sprint, sprintf, text_of
from validator.templates.values import Int64, JsonNumber, NilList, StringList, Uint8, UnorderedList
from validator.templates.versions import parse_version

VALUES = [
    (1e6, "1e+06"),
    (999999.0, "999999"),
    (21000000.0, "2.1e+07"),
    (1e-5, "1e-05"),
    (0.0001, "0.0001"),
    (-0.0, "-0"),
    (1e21, "1e+21"),
    (math.inf, "+Inf"),
    (math.nan, "NaN"),
    (None, "<nil>"),
    (True, "true"),
    ("a", "a"),
    ([1.0, "a", None, [True]], "[1 a <nil> [true]]"),
    ({"b": 1.0, "a": {"x": None}}, "map[a:map[x:<nil>] b:1]"),
    (1 + 2j, "(1+2i)"),
    (Month(3), "March"),
    (parse_version("v1.2-rc.1+b"), "1.2.0-rc.1+b"),
    (NilList(), "[]"),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_plain(value: Any, expected: str) -> None:
    assert text_of(value) == expected


def test_spaces_between_operands() -> None:
    assert sprint([1, 2, "a", 3, None, None]) == "1 2a3 <nil> <nil>"


FORMATTED: list[tuple[str, list[Any], str]] = [
    ("%d|%5d|%-5d|%05d|%+d|% d", [42] * 6, "42|   42|42   |00042|+42| 42"),
    ("%x %X %o %O %b %c", [255, 255, 8, 8, 5, 65], "ff FF 10 0o10 101 A"),
    ("%q %U %#U", [65, 9731, 9731], "'A' U+2603 U+2603 '☃'"),
    ("%#x %#o %#b %.3d %x", [255, 8, 5, 7, -255], "0xff 010 0b101 007 -ff"),
    ("%s|%10s|%-10s|%.2s|%q|%x|% x|%#q", ["hé"] * 8, '"hé"'),
    ("%f %.2f %8.3f %e %g %G", [3.14159, 3.14159, 3.14159, 123456.789, 1e21, 1e-7], ""),
    ("%d", [3.0], "%!d(float64=3)"),
    ("%5d", ["ab"], "%!d(string=   ab)"),
    ("%s", [Int64(3)], "%!s(int64=3)"),
    ("%s %d", [None, None], "%!s(<nil>) %!d(<nil>)"),
    ("%d", [[1, "a"]], "[1 %!d(string=a)]"),
    ("%v %v", [1], "1 %!v(MISSING)"),
    ("%v", [1, "x", None], "1%!(EXTRA string=x, <nil>)"),
    ("%[2]v %[1]v %[3]v", [1, 2], "2 1 %!v(BADINDEX)"),
    ("%*d|%-*d|%.*f", [5, 42, 4, 42, 2, 1.5], "   42|42  |1.50"),
    ("%*d", ["a", 42], "%!(BADWIDTH)42"),
    ("%!|%z|%", [1, 2], "%!!(int=1)|%!z(int=2)|%!(NOVERB)"),
    ("%%|%5%", [], "%|%"),
    ("%T %T %T %T", [1.0, None, StringList(), Uint8(1)], "float64 <nil> []string uint8"),
    ("%#v %#v", ["a", [1, None]], '"a" []interface {}{1, interface {}(nil)}'),
    ("%#v", [{"a": True}], 'map[string]interface {}{"a":true}'),
    ("%t %5t", [True, False], "true false"),
    ("%d %v", [JsonNumber("3"), JsonNumber("3.0")], "%!d(json.Number=3) 3.0"),
    ("%d %v", [Month(3), Month(3)], "3 March"),
    ("%+q %+q", ["é", 233], '"\\u00e9" \'\\u00e9\''),
    ("%06.1f|%+.1e|%x", [-2.5, 12345.0, 1.5], "-002.5|+1.2e+04|0x1.8p+00"),
    ("%#g %#.3g", [1.0, 1.0], "1.00000 1.00"),
]  # fmt: skip
EXPECTED = {
    4: 'hé|        hé|hé        |hé|"hé"|68c3a9|68 c3 a9|`hé`',
    5: "3.141590 3.14    3.142 1.234568e+05 1e+21 1E-07",
}


@pytest.mark.parametrize("at", range(len(FORMATTED)))
def test_verbs(at: int) -> None:
    text, values, expected = FORMATTED[at]
    assert sprintf(text, values) == EXPECTED.get(at, expected)


@pytest.mark.parametrize(
    ("text", "value"), [("%p", [1]), ("%v", UnorderedList([1, 2])), ("%1000000d" * 9, 1), ("%d", parse_version("1"))]
)
def test_what_depends_on_memory_or_chance(text: str, value: Any) -> None:
    with pytest.raises(UnsupportedError):
        sprintf(text, [value] * 9)


@pytest.mark.parametrize(
    ("value", "verb", "precision", "expected"),
    [
        (123456789.0, "g", -1, "1.23456789e+08"),
        (0.000012, "f", -1, "0.000012"),
        (1234.5678, "g", 3, "1.23e+03"),
        (100.0, "g", 5, "100"),
        (2.0, "b", -1, "4503599627370496p-51"),
        (0.1, "x", 3, "0x1.99ap-04"),
        (5e-324, "e", -1, "5e-324"),
    ],
)
def test_floats(value: float, verb: str, precision: int, expected: str) -> None:
    assert format_float(value, verb, precision) == expected
