"""The table of functions: what each takes and returns, and what it makes of a missing value.

The platform has an allow-list of 182 names (templating.md, section 4); the facts were observed by running it. The
table is data: the evaluator takes types and arity from it, type inference what comes out, reports how a missing value
fares.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class OnMissing(enum.StrEnum):
    """What a function does with a missing (nil) argument."""

    LOUD = "l"
    """An error that names it."""
    SILENT = "s"
    """A result that looks like any other."""
    NOW = "v"
    """The current time."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A function as Go declares it."""

    name: str
    origin: str
    """`go` (a builtin: does not stop a template from being a single action), `sprig` or `bubu`."""
    params: tuple[str, ...]
    """Go types: any, string, int, bool, float64, map[string]any, time.Time. A variadic last one is without its dots."""
    variadic: bool
    returns: str
    """Go type of the result."""
    can_fail: bool
    """Whether the function returns an error; others fail only by panicking."""
    deterministic: bool
    """False for the seven that the deterministic switch takes away."""
    on_missing: tuple[OnMissing, ...]
    """For each argument of a minimal call, what a missing value there does."""
    on_missing_piped: OnMissing | None
    """The same for a missing value that is piped in."""

    @property
    def json_type(self) -> str:
        """JSON type of the result: string, number, boolean, array, object, any. A Time and a Version print as text."""
        return _JSON_TYPES[self.returns]

    def param(self, index: int) -> str:
        """The Go type of the argument at `index`."""
        return self.params[min(index, len(self.params) - 1)]


_JSON_TYPES = {
    "any": "any",
    "bool": "boolean",
    "int": "number",
    "int64": "number",
    "float64": "number",
    "string": "string",
    "[]any": "array",
    "[]string": "array",
    "map[string]any": "object",
    "map[string]string": "object",
    "time.Time": "string",
    "*semver.Version": "string",
}

# name, origin, deterministic, missing argument (one letter each), missing piped, parameters -> results
_TABLE = """
abbrev           sprig yes ll   l  int string -> string
abbrevboth       sprig yes lll  l  int int string -> string
add              sprig yes s    s  ...any -> int64
add1             sprig yes s    s  any -> int64
add1f            sprig yes s    s  any -> float64
addf             sprig yes s    s  ...any -> float64
adler32sum       sprig yes l    l  string -> string
all              sprig yes s    s  ...any -> bool
and              go    yes ss   s  any ...any -> any
any              sprig yes s    s  ...any -> bool
append           sprig yes ls   s  any any -> []any
atoi             sprig yes l    l  string -> int
b32dec           sprig yes l    l  string -> string
b32enc           sprig yes l    l  string -> string
b64dec           sprig yes l    l  string -> string
b64enc           sprig yes l    l  string -> string
base             sprig yes l    l  string -> string
biggest          sprig yes ss   s  any ...any -> int64
call             go    yes l    l  any ...any -> any
camelcase        sprig yes l    l  string -> string
cat              sprig yes s    s  ...any -> string
ceil             sprig yes s    s  any -> float64
clean            sprig yes l    l  string -> string
coalesce         sprig yes s    s  ...any -> any
compact          sprig yes l    l  any -> []any
concat           sprig yes ll   l  ...any -> any
contains         sprig yes ll   l  string string -> bool
date             sprig yes lv   v  string any -> string
date_in_zone     sprig yes lvl  l  string any string -> string
date_modify      sprig yes ll   l  string time.Time -> time.Time
dateInZone       sprig yes lvl  l  string any string -> string
dateModify       sprig yes ll   l  string time.Time -> time.Time
deepEqual        sprig yes ss   s  any any -> bool
default          sprig yes ss   s  any ...any -> any
dict             sprig yes ss   s  ...any -> map[string]any
dig              sprig yes lsl  l  ...any -> any error
dir              sprig yes l    l  string -> string
div              sprig yes sl   l  any any -> int64
divf             sprig yes sl   l  any ...any -> float64
duration         sprig yes s    s  any -> string
durationRound    sprig yes s    s  any -> string
empty            sprig yes s    s  any -> bool
eq               go    yes ss   s  any ...any -> bool error
exists           bubu  yes s    s  any -> bool
ext              sprig yes l    l  string -> string
fail             sprig yes l    l  string -> string error
first            sprig yes l    l  any -> any
float64          sprig yes s    s  any -> float64
floor            sprig yes s    s  any -> float64
fromJson         sprig yes l    l  string -> any
ge               go    yes ll   l  any any -> bool error
get              sprig yes ll   l  map[string]any string -> any
gt               go    yes ll   l  any any -> bool error
has              sprig yes ss   s  any any -> bool
hash_of          bubu  yes l    l  any -> string error
hasKey           sprig yes ll   l  map[string]any string -> bool
hasPrefix        sprig yes ll   l  string string -> bool
hasSuffix        sprig yes ll   l  string string -> bool
html             go    yes s    s  ...any -> string
htmlDate         sprig yes v    v  any -> string
htmlDateInZone   sprig yes vl   l  any string -> string
indent           sprig yes ll   l  int string -> string
index            go    yes ll   l  any ...any -> any error
initial          sprig yes l    l  any -> []any
initials         sprig yes l    l  string -> string
int              sprig yes s    s  any -> int
int64            sprig yes s    s  any -> int64
isAbs            sprig yes l    l  string -> bool
join             sprig yes ls   s  string any -> string
js               go    yes s    s  ...any -> string
kebabcase        sprig yes l    l  string -> string
keys             sprig yes l    s  ...map[string]any -> []string
kindIs           sprig yes ls   s  string any -> bool
kindOf           sprig yes s    s  any -> string
last             sprig yes l    l  any -> any
le               go    yes ll   l  any any -> bool error
len              bubu  yes s    s  any -> int error
list             sprig yes s    s  ...any -> []any
lower            sprig yes l    l  string -> string
lt               go    yes ll   l  any any -> bool error
max              sprig yes ss   s  any ...any -> int64
maxf             sprig yes ss   s  any ...any -> float64
min              sprig yes ss   s  any ...any -> int64
minf             sprig yes ss   s  any ...any -> float64
mod              sprig yes sl   l  any any -> int64
mul              sprig yes ss   s  any ...any -> int64
mulf             sprig yes ss   s  any ...any -> float64
must_date_modify sprig yes ll   l  string time.Time -> time.Time error
mustAppend       sprig yes ls   s  any any -> []any error
mustCompact      sprig yes l    l  any -> []any error
mustDateModify   sprig yes ll   l  string time.Time -> time.Time error
mustFirst        sprig yes l    l  any -> any error
mustFromJson     sprig yes l    l  string -> any error
mustHas          sprig yes ss   s  any any -> bool error
mustInitial      sprig yes l    l  any -> []any error
mustLast         sprig yes l    l  any -> any error
mustPrepend      sprig yes ls   s  any any -> []any error
mustPush         sprig yes ls   s  any any -> []any error
mustRest         sprig yes l    l  any -> []any error
mustReverse      sprig yes l    l  any -> []any error
mustSlice        sprig yes ls   s  any ...any -> any error
mustToDate       sprig yes ll   l  string string -> time.Time error
mustToJson       sprig yes s    s  any -> string error
mustToPrettyJson sprig yes s    s  any -> string error
mustToRawJson    sprig yes s    s  any -> string error
mustUniq         sprig yes l    l  any -> []any error
mustWithout      sprig yes ls   s  any ...any -> []any error
ne               go    yes ss   s  any any -> bool error
nindent          sprig yes ll   l  int string -> string
nospace          sprig yes l    l  string -> string
not              go    yes s    s  any -> bool
now              sprig no  -    -  - -> time.Time
omit             sprig yes ll   l  map[string]any ...string -> map[string]any
or               go    yes ss   s  any ...any -> any
osBase           sprig yes l    l  string -> string
osClean          sprig yes l    l  string -> string
osDir            sprig yes l    l  string -> string
osExt            sprig yes l    l  string -> string
osIsAbs          sprig yes l    l  string -> bool
pick             sprig yes ll   l  map[string]any ...string -> map[string]any
pluck            sprig yes ll   s  string ...map[string]any -> []any
plural           sprig yes lll  l  string string int -> string
prepend          sprig yes ls   s  any any -> []any
print            go    yes s    s  ...any -> string
printf           go    yes ls   s  string ...any -> string
println          go    yes s    s  ...any -> string
push             sprig yes ls   s  any any -> []any
quote            sprig yes s    s  ...any -> string
randAlpha        sprig no  -    -  int -> string
randAlphaNum     sprig no  -    -  int -> string
randAscii        sprig no  -    -  int -> string
randInt          sprig no  -    -  int int -> int
randNumeric      sprig no  -    -  int -> string
replace          sprig yes lll  l  string string string -> string
rest             sprig yes l    l  any -> []any
reverse          sprig yes l    l  any -> []any
round            sprig yes sl   l  any int ...float64 -> float64
sample           bubu  yes s    s  any -> any error
semver           sprig yes l    l  string -> *semver.Version error
semverCompare    sprig yes ll   l  string string -> bool error
sha1sum          sprig yes l    l  string -> string
sha256sum        sprig yes l    l  string -> string
slice            sprig yes ls   s  any ...any -> any
snakecase        sprig yes l    l  string -> string
sortAlpha        sprig yes s    s  any -> []string
split            sprig yes ll   l  string string -> map[string]string
splitList        sprig yes ll   l  string string -> []string
splitn           sprig yes lll  l  string int string -> map[string]string
squote           sprig yes s    s  ...any -> string
sub              sprig yes ss   s  any any -> int64
subf             sprig yes ss   s  any ...any -> float64
substr           sprig yes lll  l  int int string -> string
ternary          sprig yes ssl  l  any any bool -> any
title            sprig yes l    l  string -> string
toDate           sprig yes ll   l  string string -> time.Time
toDecimal        sprig yes s    s  any -> int64
toJson           sprig yes s    s  any -> string
toPrettyJson     sprig yes s    s  any -> string
toRawJson        sprig yes s    s  any -> string
toString         sprig yes s    s  any -> string
toStrings        sprig yes s    s  any -> []string
trim             sprig yes l    l  string -> string
trimAll          sprig yes ll   l  string string -> string
trimall          sprig yes ll   l  string string -> string
trimPrefix       sprig yes ll   l  string string -> string
trimSuffix       sprig yes ll   l  string string -> string
trunc            sprig yes ll   l  int string -> string
tuple            sprig yes s    s  ...any -> []any
type_of          bubu  yes s    s  any -> string
typeIs           sprig yes ls   s  string any -> bool
typeIsLike       sprig yes ls   s  string any -> bool
typeOf           sprig yes s    s  any -> string
uniq             sprig yes l    l  any -> []any
unixEpoch        sprig yes l    l  time.Time -> string
untitle          sprig yes l    l  string -> string
upper            sprig yes l    l  string -> string
urlquery         go    yes s    s  ...any -> string
uuidv4           sprig no  -    -  - -> string
values           sprig yes l    s  map[string]any -> []any
without          sprig yes ls   s  any ...any -> []any
wrap             sprig yes ll   l  int string -> string
wrapWith         sprig yes lll  l  int string string -> string
"""


def _read(line: str) -> Signature:
    left, _, right = line.partition(" -> ")
    name, origin, deterministic, missing, piped, *params = left.split()
    params = [] if params == ["-"] else params
    returns, *error = right.split()
    return Signature(
        name=name,
        origin=origin,
        params=tuple(param.removeprefix("...") for param in params),
        variadic=bool(params) and params[-1].startswith("..."),
        returns=returns,
        can_fail=bool(error),
        deterministic=deterministic == "yes",
        on_missing=() if missing == "-" else tuple(map(OnMissing, missing)),
        on_missing_piped=None if piped == "-" else OnMissing(piped),
    )


SIGNATURES = {signature.name: signature for signature in map(_read, _TABLE.strip().splitlines())}
"""Every function of the platform by name."""

ALL_FUNCTIONS = frozenset(SIGNATURES)
DETERMINISTIC_FUNCTIONS = frozenset(name for name, item in SIGNATURES.items() if item.deterministic)
BUILTIN_FUNCTIONS = frozenset(name for name, item in SIGNATURES.items() if item.origin == "go") | {"len", "slice"}
"""The names that Go's template engine knows by itself: only these leave a template a single action."""
