"""URLs and URL references as Go's `net/url` reads and resolves them: the `uri` formats and `$ref` of the platform.

Source: contract `templating.md` 13.1 (formats), RFC 3986, RFC 6874.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from urllib.parse import unquote, unquote_to_bytes

_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_HOST = re.compile(r"""(?:[A-Za-z0-9\-_.~!$&'()*+,;=:\[\]<>"]|[^\x00-\x7f]|%25|%[89A-Fa-f][0-9A-Fa-f])*""")
_ZONE = re.compile(r"""(?:[A-Za-z0-9\-_.~!$&'()*+,;=:\[\]<>"]|[^\x00-\x7f]|%..)*""")
_ZONE_BYTES = frozenset(b"-_.~!$&'()*+,;=:[]<>\" %0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_PORT = re.compile("(?::[0-9]*)?")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")


class LocatorError(ValueError):
    """The text is no URL reference."""


@dataclass(frozen=True, slots=True)
class Locator:
    """A URL reference in its parts, still escaped, except for the fragment."""

    scheme: str = ""
    opaque: str = ""
    authority: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""

    def __str__(self) -> str:
        scheme = f"{self.scheme}:" if self.scheme else ""
        if self.opaque:
            body = self.opaque
        elif self.authority or (self.scheme and self.path.startswith("//")):
            body = f"//{self.authority}{self.path}"
        else:
            body = self.path
        fragment = self.fragment.replace("%", "%25")
        return scheme + body + (f"?{self.query}" if self.query else "") + (f"#{fragment}" if fragment else "")

    @property
    def base(self) -> Locator:
        """The document, without the fragment."""
        return replace(self, fragment="")

    @property
    def absolute(self) -> bool:
        """Whether it names a document by itself, rather than one beside another."""
        if self.scheme == "file":
            return self.path.startswith("/")
        return bool(self.scheme and self.authority)

    def resolve(self, child: Locator) -> Locator:
        """What the child means inside this document."""
        if child.scheme or child.authority:
            return replace(child, scheme=child.scheme or self.scheme, path=_resolve_path(child.path, ""))
        if child.opaque:
            return replace(child, scheme=self.scheme)
        query = child.query or ("" if child.path else self.query)
        if not child.path and self.opaque:
            return replace(self, query=query, fragment=child.fragment)
        path = _resolve_path(self.path, child.path)
        return Locator(self.scheme, "", self.authority, path, query, child.fragment)


def parse_locator(text: str) -> Locator:
    """The parts of a URL or of a relative reference.

    Raises LocatorError where Go's `url.Parse` fails.
    """
    text, _, fragment = text.partition("#")
    if _CONTROL.search(text):
        raise LocatorError("invalid control character in URL")
    locator = _parse_document(text)
    if _ESCAPE.search(fragment):
        raise LocatorError("invalid escape in the fragment")
    return replace(locator, fragment=unquote(fragment))


def path_of(locator: Locator) -> str:
    """The path, unescaped."""
    return unquote_to_bytes(locator.path).decode("utf-8", "replace")


def _parse_document(text: str) -> Locator:
    if text == "*":
        return Locator(path="*")
    scheme, rest = _split_scheme(text)
    if rest.endswith("?") and rest.count("?") == 1:
        rest, query = rest[:-1], ""
    else:
        rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return Locator(scheme, rest, query=query)
        if ":" in rest.partition("/")[0]:
            raise LocatorError("first path segment in URL cannot contain colon")
    authority = ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        _check_authority(scheme, authority)
    if _ESCAPE.search(rest):
        raise LocatorError("invalid escape in the path")
    return Locator(scheme, "", authority, rest, query)


def _split_scheme(text: str) -> tuple[str, str]:
    for index, character in enumerate(text):
        if character.isascii() and character.isalpha():
            continue
        if character.isascii() and (character.isdigit() or character in "+-."):
            if index == 0:
                return "", text
            continue
        if character == ":":
            if index == 0:
                raise LocatorError("missing protocol scheme")
            return text[:index].lower(), text[index + 1 :]
        return "", text
    return "", text


def _check_authority(scheme: str, authority: str) -> None:
    user, at, host = authority.rpartition("@")
    if at and (not _USER.fullmatch(user) or _ESCAPE.search(user)):
        raise LocatorError("invalid userinfo")
    bracket = host.rfind("[")
    if bracket > 0:
        raise LocatorError("invalid IP-literal")
    if bracket == 0:
        _check_literal(host)
        return
    first, last = host.find(":"), host.rfind(":")
    if first >= 0:
        port = host[first if scheme in {"http", "https"} else last :]
        if not _PORT.fullmatch(port):
            raise LocatorError(f"invalid port {port!r} after host")
    if not _HOST.fullmatch(host):
        raise LocatorError("invalid character in host name")


def _check_literal(host: str) -> None:
    end = host.rfind("]")
    if end < 0 or not _PORT.fullmatch(host[end + 1 :]):
        raise LocatorError("invalid IP-literal")
    name, percent, zone = host[1:end].partition("%25")
    if not _HOST.fullmatch(name) or _ESCAPE.search(zone) or not _valid_zone(zone):
        raise LocatorError("invalid IP-literal")
    try:
        ipaddress.IPv6Address(unquote(name).partition("%")[0])
    except ValueError as refusal:
        raise LocatorError("invalid IP-literal") from refusal
    if percent and not zone:
        raise LocatorError("invalid IP-literal")


def _valid_zone(zone: str) -> bool:
    if not _ZONE.fullmatch(zone):
        return False
    escaped = b"".join(unquote_to_bytes(escape) for escape in _ESCAPED.findall(zone))
    return all(byte in _ZONE_BYTES for byte in escaped)


def _resolve_path(base: str, reference: str) -> str:
    """RFC 3986 section 5.2.4; any path but the empty one becomes an absolute one."""
    if not reference:
        full = base
    elif reference.startswith("/"):
        full = reference
    else:
        full = base[: base.rfind("/") + 1] + reference
    if not full:
        return ""
    resolved: list[str] = []
    segments = full.split("/")
    for segment in segments:
        if segment == "..":
            del resolved[-1:]
        elif segment != ".":
            resolved.append(segment)
    if segments[-1] in {".", ".."}:
        resolved.append("")
    return "/" + "/".join(resolved).removeprefix("/")
