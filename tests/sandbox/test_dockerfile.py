"""What a Dockerfile fetches and rests on, and what of it only BuildKit understands."""

from __future__ import annotations

import pytest

from validator.sandbox.bases import platforms
from validator.sandbox.dockerfile import foreign, parse, plan

BASE = "FROM scratch\n"
FETCHES = [
    ("an address", BASE + "ADD http://127.0.0.1/x /x", ["http://127.0.0.1/x"]),
    ("in other letters", BASE + "add HTTPS://host/x /x", ["HTTPS://host/x"]),
    ("as JSON", BASE + 'ADD ["a", "https://host/x y", "/x"]', ["https://host/x y"]),
    ("in quotes", BASE + 'ADD "http://host/x" /x', ["http://host/x"]),
    ("behind flags", BASE + "ADD --chown=1:1 http://host/x /x", ["http://host/x"]),
    ("behind a tab", BASE + "ADD\thttp://host/x\t/x", ["http://host/x"]),
    ("over two lines", BASE + "ADD \\\n  # a remark\n\n  http://ho\\\nst/x /x", ["http://host/x"]),
    ("with another escape", "# escape=`\n" + BASE + "ADD `\n http://host/x /x", ["http://host/x"]),
    ("by an argument", BASE + "ARG URL=http://host/x\nADD $URL /x", ["http://host/x"]),
    ("by one from outside", "ARG H=host\n" + BASE + "ARG H\nADD http://$H/x /x", ["http://host/x"]),
    ("by a given one", BASE + "ARG GIVEN\nADD ${GIVEN} /x", ["http://given/"]),
    ("by a variable", BASE + "ENV P=http A=1\nADD ${P}://host /x", ["http://host"]),
    ("by a default", BASE + "ADD ${NONE:-http://host} /x", ["http://host"]),
    ("by what the base sets", "FROM base\nADD ${HIDDEN} /x", [""]),
    ("a repository", BASE + "ADD git@host:repo /x", ["git@host:repo"]),
    ("a repository by its end", BASE + "ADD host.xz/repo.git#main /x", ["host.xz/repo.git#main"]),
    ("a repository by its scheme", BASE + "ADD ssh://host/repo /x", ["ssh://host/repo"]),
    ("of a later stage", BASE + "ONBUILD ADD http://host/x /x\nFROM base", ["http://host/x"]),
    ("between here-documents", BASE + "RUN <<A\nADD http://host/x /x\nA", ["http://host/x"]),
    ("before the target", "FROM scratch AS last\nADD http://a /\nFROM scratch\nADD http://b /", ["http://a"]),
    ("a repository of anyone", BASE + "ADD bob@host.xz:repo /x", ["bob@host.xz:repo"]),
    ("hidden by a here-document", "FROM scratch AS last\nRUN <<A\nFROM scratch\nA\nADD http://a /", ["http://a"]),
    ("by a variable of one", BASE + "ARG W=http://a\nRUN <<A\nARG W=b\nA\nADD $W /", [""]),
    ("by part of one", BASE + "ONBUILD ADD ht${W} /\nRUN <<A\nARG W=b\nA", [""]),
    ("a file", BASE + "ADD a b/ /x", []),
    ("a file by an argument", BASE + "ARG V=1\nADD app-${V}.tgz /x", []),
    ("a file by an unknown end", "FROM base\nADD app-$HIDDEN /x", []),
    ("a target", BASE + "ADD a http://host/", []),
    ("in a comment", BASE + "# ADD http://host/x /x", []),
    ("in a step", BASE + "RUN echo ADD http://host/x /x", []),
    ("copied", BASE + "COPY http /x", []),
]


@pytest.mark.parametrize(("text", "where"), [row[1:] for row in FETCHES], ids=[row[0] for row in FETCHES])
def test_what_is_fetched(text, where):
    found = plan(parse(text), "last" if "AS last" in text else "", {"GIVEN": "http://given/"})
    assert [address for _, address in found.fetches] == where


MODERN = [
    ("RUN --mount=type=cache,target=/c make", [2]),
    ("RUN --network=none make", [2]),
    ("RUN cat <<EOF\nhello\nEOF", [2]),
    ("COPY <<'EOF' /x\nhello\nEOF", [2]),
    ("COPY --link a /x", [2]),
    ("COPY --chmod=755 a /x", [2]),
    ("ADD --checksum=sha256:0 a /x", [2]),
    ("FROM --platform=$BUILDPLATFORM base", [2]),
    ("FROM --platform=linux/amd64 base", []),
    ("COPY --from=base --chown=1 a /x", []),
    ("RUN echo $((1<<2))\nRUN echo 2", []),
    ("RUN cat <<EOF", []),
    ("RUN make --mount", []),
]


@pytest.mark.parametrize(("text", "lines"), MODERN)
def test_what_only_buildkit_understands(text, lines):
    assert [each.line for each in plan(parse(BASE + text), "", {}).modern] == lines


def test_a_platform_that_is_declared_is_known():
    text = "ARG BUILDPLATFORM\nFROM --platform=$BUILDPLATFORM base\nARG TARGETARCH"
    found = plan(parse(text), "", platforms("linux/arm64", "linux/amd64"))
    assert not found.modern
    assert found.arguments == {"BUILDPLATFORM", "TARGETARCH"}


def test_the_images_that_a_build_rests_on():
    text = "ARG V=3\nFROM a:$V AS one\nFROM one\nCOPY --from=b:1 x /\nCOPY --from=0 x /\nFROM scratch\nFROM ${UNKNOWN}"
    mounts = "\nRUN --mount=type=bind,from=c:2,target=/c --mount=from=one,target=/d ls"
    assert plan(parse(text + mounts), "", {"V": "4"}).bases == ("a:4", "b:1", "c:2")


def test_the_arguments_that_buildkit_sets_by_itself():
    found = platforms("linux/arm/v7", "linux/amd64")
    assert found["TARGETPLATFORM"] == "linux/arm/v7"
    assert (found["TARGETOS"], found["TARGETARCH"], found["TARGETVARIANT"]) == ("linux", "arm", "v7")
    assert (found["BUILDARCH"], found["BUILDVARIANT"]) == ("amd64", "")


HIDDEN = "\nADD http://host/x /x"
FOREIGN = [
    ("nothing unusual", BASE + "RUN --mount=type=cache,target=/c make", ""),
    ("docker's own frontend", "# syntax=docker/dockerfile:1.7-labs\n" + BASE, ""),
    ("docker's own by digest", f"#syntax = docker.io/docker/dockerfile:1@sha256:{'a' * 64}\n" + BASE, ""),
    ("a remark about one", BASE + "# syntax=evil/frontend", ""),
    ("another frontend", "# syntax=evil/frontend\n" + BASE, "line 1 names another frontend"),
    ("another below a remark", "# a remark\n\n# SYNTAX = evil/frontend\n" + BASE, "line 3 names another frontend"),
    ("another behind slashes", "// syntax=evil/frontend\n" + BASE, "line 1 names another frontend"),
    ("another behind a mark", "\ufeff#syntax=docker/dockerfile.evil.example/x\n" + BASE, "line 1 names another"),
    ("another on a host of that name", "#syntax=docker/dockerfile:5000/x\n" + BASE, "line 1 names another"),
    ("another as JSON", '{"syntax": "evil/frontend"}', "line 1 is no Dockerfile's"),
    ("a here-document", BASE + "RUN <<EOF\nmake\nEOF", ""),
    ("several", BASE + "COPY <<-'A' 3<<\"b.c\" /x/\nA\nb.c", ""),
    ("shifts and here-strings", BASE + "RUN echo $((1<<2)) $((1 << 2)); cat <<<word", ""),
    ("an end that goes on", BASE + "RUN <<'a\\'\ntrue\na\\" + HIDDEN, "line 2"),
    ("an end that is a remark", BASE + "RUN <<'#x'\ntrue \\\n#x" + HIDDEN, "line 2"),
    ("an end that is empty", BASE + "COPY <<'' /x\ntrue \\\n" + HIDDEN, "line 2"),
    ("an end of two words", BASE + 'ONBUILD RUN <<"a b"\ntrue\na b', "line 2"),
    ("an end that is half quoted", BASE + "RUN <<a'\\'\ntrue\na\\" + HIDDEN, "line 2"),
]


@pytest.mark.parametrize(("text", "reason"), [row[1:] for row in FOREIGN], ids=[row[0] for row in FOREIGN])
def test_what_buildkit_may_read_otherwise(text, reason):
    found = foreign(text, {"A": "BUILDKIT_"})
    assert found.startswith(reason)
    assert bool(found) is bool(reason)


def test_an_argument_does_not_set_buildkit_itself():
    assert "BUILDKIT_SYNTAX" in foreign(BASE, {"BUILDKIT_SYNTAX": "evil/frontend"})
