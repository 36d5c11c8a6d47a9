"""What the functions do, group by group: the odd cases that the contract names (templating.md, section 4)."""

import pytest

from validator.templates.catalogue import ALL_FUNCTIONS, BUILTIN_FUNCTIONS, DETERMINISTIC_FUNCTIONS, SIGNATURES
from validator.templates.errors import TemplateError, UnsupportedError
from validator.templates.evaluation import evaluate
from validator.templates.functions import FUNCTIONS

CASES = {
    "strings": [
        ('trunc 3 "héllo"', "hé"),
        ('trunc -3 "hello"', "llo"),
        ('substr 1 3 "hello"', "el"),
        ('substr 2 -1 "hello"', "llo"),
        ('abbrev 5 "abcdefgh"', "ab..."),
        ('abbrevboth 5 10 "1234 5678 9123"', "...5678..."),
        ('nospace "a é b"', "aÃ©b"),
        ('initials "élan vital"', "Ãv"),
        ('wrap 5 "one two three"', "one\ntwo\nthree"),
        ('wrapWith 3 "|" "abcdefgh"', "abc|def|gh"),
        ('replace "" "-" "ab"', "-a-b-"),
        ('split "," "a,b" | toJson', '{"_0":"a","_1":"b"}'),
        ('splitList "" "aé" | toJson', '["a","é"]'),
        ('splitn "," 2 "a,b,c" | toJson', '{"_0":"a","_1":"b,c"}'),
        ('indent 2 "a\\nb"', "  a\n  b"),
        ('cat "a" nil 1.5', "a 1.5"),
        ('quote "a\\"b" nil 1', '"a\\"b" "1"'),
        ('squote "a" 1', "'a' '1'"),
        ('join "-" (list 1 nil "a" 2.5)', "1-a-2.5"),
        ("sortAlpha (list 3 1 2) | toJson", '["1","2","3"]'),
        ('trimAll "-" "--a--"', "a"),
        ('plural "one" "many" 2', "many"),
        ('clean "/a/../../b//c/."', "/b/c"),
        ('dir "a" | print (base "/") (ext "a.b/c.d") (base "")', "/.d.."),
    ],
    "casing": [
        ('snakecase "HTTPServer2xx"', "http_server_2xx"),
        ('kebabcase "Bld4Floor3rd"', "bld4-floor-3rd"),
        ('camelcase "http_server-x y"', "HttpServerXY"),
        ('camelcase "_"', "__"),
        ('title "ßtraße éa it\'s"', "ßtraße Éa It'S"),
        ('untitle "Hello World"', "hello world"),
        ('upper "straße ᾳ"', "STRAßE ᾼ"),
        ('lower "İ"', "i"),
    ],
    "numbers": [
        ("div 7 -2", "-3"),
        ("mod -7 3", "-1"),
        ("divf 1 3", "0.3333333333333333"),
        ("mulf 0.1 3", "0.3"),
        ("subf 5", "5"),
        ("floor -1.5", "-2"),
        ("round 123.5555 2", "123.56"),
        ('int "1_000"', "1000"),
        ("int true", "1"),
        ("int 1e30", "-9223372036854775808"),
        ('float64 "1e3x"', "0"),
        ('float64 "inf"', "+Inf"),
        ('atoi "99999999999999999999"', "9223372036854775807"),
        ('toDecimal "777"', "511"),
        ("max 1.9 1", "1"),
        ('maxf "2.5" 1', "2.5"),
    ],
    "lists": [
        ("rest (list) | toJson", "null"),
        ("rest (list 1) | toJson", "[]"),
        ("concat (list 1) (list 2) | toJson", "[1,2]"),
        ("has 3 (list 3.0)", "false"),
        ("uniq (list 1 1.0 1) | toJson", "[1,1]"),
        ("without (list 1 2 3) 2 | toJson", "[1,3]"),
        ("slice (list 1 2 3) 1 | toJson", "[2,3]"),
        ("first (list)", "<no value>"),
        ('compact (list 0 "" 1 nil) | toJson', "[1]"),
    ],
    "mappings": [
        ('dict "a"', "map[a:]"),
        ("dict 1 2 | toJson", '{"1":2}'),
        ('get (dict "a" nil) "a"', "<no value>"),
        ('get (dict) "zz" | quote', '""'),
        ('dig "a" "b" "D" (dict "a" (dict))', "D"),
        ('pluck "a" (dict "a" 1) (dict) | toJson', "[1]"),
        ('omit (dict "a" 1 "b" 2) "a" | toJson', '{"b":2}'),
    ],
    "encoding": [
        ('toJson "<&>\\u2028"', '"\\u003c\\u0026\\u003e\\u2028"'),
        ('toRawJson "<&>"', '"<&>"'),
        ("toJson (list 1e21 1e-7 100.0 -0.0)", "[1e+21,1e-7,100,-0]"),
        ("toPrettyJson (list (list) (dict))", "[\n  [],\n  {}\n]"),
        ('toJson (float64 "inf")', ""),
        ('fromJson "nope"', "<no value>"),
        ('b64dec "a"', "illegal base64 data at input byte 0"),
        ('b64dec "aGk="', "hi"),
        ('b32dec "NBSQ===="', "he"),
        ('b32dec "N"', "illegal base32 data at input byte 0"),
        ('adler32sum "abc"', "38600999"),
    ],
    "dates": [
        ("date \"2006-01-02T15:04:05Z07:00\" 0", "1970-01-01T00:00:00Z"),
        ('dateInZone "15:04 MST" 1700000000 "Asia/Tokyo"', "07:13 JST"),
        ('dateInZone "15:04" 0 "Nowhere/Bad"', "00:00"),
        ('toDate "2006-01-02" "bad"', "0001-01-01 00:00:00 +0000 UTC"),
        ('toDate "2006-01-02T15:04:05Z07:00" "2024-03-01T12:00:00.25+02:00"', "2024-03-01 12:00:00.25 +0200 +0200"),
        ('toDate "Jan _2 06 3:04pm" "feb  9 71 1:02pm"', "1971-02-09 13:02:00 +0000 UTC"),
        ('toDate "2006 002" "2024 366" | date "Jan 2 Monday"', "Dec 31 Tuesday"),
        ('toDate "2006" "2024" | dateModify "-1ns" | toString', "2023-12-31 23:59:59.999999999 +0000 UTC"),
        ('duration "95"', "1m35s"),
        ("duration 95", "0s"),
        ('durationRound "2h10m5s"', "2h"),
        ("durationRound (int64 90000000000)", "1m"),
        ('(toDate "2006" "2024").Month', "January"),
    ],
    "versions": [
        ('semverCompare "^1.2.0" "1.9.9"', "true"),
        ('semverCompare "~1" "2.0.0"', "false"),
        ('semverCompare ">=1.0.0" "1.1.0-alpha"', "false"),
        ('semverCompare ">=1.0.0-0" "1.1.0-alpha"', "true"),
        ('semverCompare "1.2 - 1.4" "1.4.9"', "true"),
        ('semverCompare "<1 || >=3" "3.1"', "true"),
        ('semverCompare "^0.0.3" "0.0.4"', "false"),
        ('semver "v01.2"', "1.2.0"),
    ],
    "builtins": [
        ('index "héllo" 1', "195"),
        ("eq 1 2 1", "true"),
        ("eq nil nil", "true"),
        ("and 1 0 2", "0"),
        ('or "" nil "x"', "x"),
        ("js \"a'<\\n\"", "a\\'\\u003C\\u000A"),
        ('urlquery "a b&é"', "a+b%26%C3%A9"),
        ("println 1 nil", "1 <nil>\n"),
        ("len (index (dict) \"a\")", "0"),
        ("typeOf (add 1 1)", "int64"),
        ("type_of (split \",\" \"a\")", "object"),
        ('kindOf (semver "1")', "ptr"),
    ],
}  # fmt: skip
TABLE = [(group, text, expected) for group, cases in CASES.items() for text, expected in cases]


@pytest.mark.parametrize(("group", "text", "expected"), TABLE)
def test_results(group: str, text: str, expected: str) -> None:
    # Between bars, so that no output is read as JSON.
    assert evaluate("|{{ " + text + " }}|", {}).value == f"|{expected}|", group


REFUSED = [
    'substr 3 1 "abc"',
    'substr -1 9 "abc"',
    'indent -1 "a"',
    "div 1 0",
    "divf 1 0",
    'addf (float64 "nan") 1',
    'first "a"',
    "concat (list) 1",
    "slice (list 1) 2 1",
    'dig "a" (dict)',
    'dig "a" "b" "d" (dict "a" 1)',
    'mustFromJson "{"',
    'mustToDate "2006" "x"',
    'mustDateModify "x" (toDate "2006" "2024")',
    'semver "x"',
    'semverCompare "x.y" "1"',
    'lt 1 "a"',
    "lt true false",
    "eq (list) (list)",
    "index (dict) 1",
    "call 1",
    "len 1",
    "hash_of 1",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refusals(text: str) -> None:
    with pytest.raises(TemplateError) as caught:
        evaluate("|{{ " + text + " }}|", {})
    assert (caught.value.kind, caught.value.sub) == ("exec", "call_error")


UNKNOWN = [
    'date "2006" nil',
    'dateInZone "2006" 1.5 "UTC"',
    "htmlDate nil",
    "uuidv4",
    'semverCompare "1' + " 1" * 200 + '" "1"',
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_no_guesses(text: str) -> None:
    with pytest.raises(UnsupportedError):
        evaluate("|{{ " + text + " }}|", {})


def test_the_catalogue_is_the_allow_list() -> None:
    assert len(ALL_FUNCTIONS) == 182
    assert len(ALL_FUNCTIONS - DETERMINISTIC_FUNCTIONS) == 7
    assert ALL_FUNCTIONS >= BUILTIN_FUNCTIONS
    assert FUNCTIONS.keys() <= ALL_FUNCTIONS
    # What is not implemented: `and` and `or` are the evaluator's, six depend on chance.
    assert {name for name in ALL_FUNCTIONS - FUNCTIONS.keys() if SIGNATURES[name].deterministic} == {"and", "or"}
