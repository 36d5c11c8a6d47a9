"""Mail addresses as Go's `net/mail.ParseAddress` reads them: the `email` format of the platform.

It takes a whole mailbox (`Ann <a@b.c>`), comments, quoted names, and groups of exactly one address.
Source: contract `templating.md` 13.1 (formats), RFC 5322, RFC 2047.
"""

from __future__ import annotations

import ipaddress
import re

_SPECIALS = frozenset('()<>[]:;@\\,"')
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_QUOTED = re.compile(r"(?:=[0-9A-Fa-f]{2}|[ -<>-~\n\r\t])*")
_CHARSETS = frozenset({"utf-8", "iso-8859-1", "us-ascii"})


class _MailboxError(ValueError):
    pass


def is_mailbox(text: str) -> bool:
    """Whether the text is one mail address."""
    try:
        reader = _Reader(text)
        addresses = reader.address(groups=True)
        reader.skip_comments()
    except _MailboxError:
        return False
    return addresses == 1 and reader.done


class _Reader:
    """A cursor over the text; each method consumes what its name says or raises _MailboxError."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.text)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self.at += 1
        return True

    def skip_space(self) -> None:
        while self.peek() in {" ", "\t"}:
            self.at += 1

    def address(self, *, groups: bool) -> int:
        """How many addresses were read: one, or the members of a group."""
        self.skip_space()
        if self.done:
            raise _MailboxError
        start = self.at
        try:
            self.bare_address()
        except _MailboxError:
            self.at = start
            return self.named_address(groups=groups)
        self.skip_space()
        if self.take("("):
            for word in re.split("[ \t]+", self.comment()):
                _refuse_foreign_charset(word)
        return 1

    def named_address(self, *, groups: bool) -> int:
        if self.peek() != "<":
            self.phrase()
        self.skip_space()
        if groups and self.take(":"):
            return self.group()
        if not self.take("<"):
            raise _MailboxError
        self.bare_address()
        if not self.take(">"):
            raise _MailboxError
        return 1

    def group(self) -> int:
        self.skip_space()
        if self.take(";"):
            self.skip_comments()
            return 0
        members = 0
        while True:
            self.skip_space()
            members += self.address(groups=False)
            self.skip_comments()
            if self.take(";"):
                self.skip_comments()
                return members
            if not self.take(","):
                raise _MailboxError

    def bare_address(self) -> None:
        self.skip_space()
        if self.peek() == '"':
            if not self.quoted():
                raise _MailboxError
        else:
            self.atom(strict=True)
        if not self.take("@"):
            raise _MailboxError
        self.skip_space()
        if self.peek() == "[":
            self.domain_literal()
        else:
            self.atom(strict=True)

    def phrase(self) -> None:
        words = 0
        encoded = False
        while True:
            if words:
                self.skip_comments()
            self.skip_space()
            if self.done:
                return
            start = self.at
            try:
                if self.peek() == '"':
                    self.quoted()
                    is_encoded = False
                else:
                    is_encoded = _refuse_foreign_charset(self.atom(strict=False))
            except _MailboxError:
                if self.text[start : start + 1] == '"':
                    self.at = start
                if not words and not encoded:
                    raise
                return
            # An encoded word counts as one only where it decodes to something, and late: no comment may follow it.
            if is_encoded:
                encoded = encoded or "??=" not in self.text[start : self.at]
            else:
                words += 1 + encoded
                encoded = False

    def atom(self, *, strict: bool) -> str:
        start = self.at
        while not self.done and _is_atom_text(self.peek()):
            self.at += 1
        atom = self.text[start : self.at]
        if not atom or (strict and (atom[0] == "." or atom[-1] == "." or ".." in atom)):
            raise _MailboxError
        return atom

    def quoted(self) -> str:
        self.at += 1
        content = []
        escaped = False
        while not self.done:
            character = self.peek()
            self.at += 1
            if not (_is_visible(character) or character in " \t"):
                raise _MailboxError
            if escaped or character not in '"\\':
                content.append(character)
                escaped = False
            elif character == '"':
                return "".join(content)
            else:
                escaped = True
        raise _MailboxError

    def domain_literal(self) -> None:
        self.at += 1
        end = self.text.find("]", self.at)
        literal = self.text[self.at : end]
        if end < 0 or not is_ip_address(literal):
            raise _MailboxError
        self.at = end + 1

    def skip_comments(self) -> None:
        self.skip_space()
        while self.take("("):
            self.comment()
            self.skip_space()

    def comment(self) -> str:
        """The text up to the parenthesis that closes the one just taken."""
        depth = 1
        content = []
        while not self.done and depth:
            character = self.peek()
            if character == "\\" and self.at + 1 < len(self.text):
                self.at += 1
            elif character == "(":
                depth += 1
            elif character == ")":
                depth -= 1
            if depth:
                content.append(self.peek())
            self.at += 1
        if depth:
            raise _MailboxError
        return "".join(content)


def is_ip_address(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address without a zone, as Go's `net.ParseIP` reads it."""
    if "%" in text or "/" in text:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _refuse_foreign_charset(word: str) -> bool:
    """Whether the word is an encoded one (RFC 2047); one in a character set that Go lacks is an error."""
    if len(word) < 8 or not word.startswith("=?") or not word.endswith("?=") or word.count("?") != 4:
        return False
    charset, encoding, text = word[2:-2].split("?")
    decodable = {"b": _BASE64, "q": _QUOTED}.get(encoding.lower())
    if not charset or decodable is None or not decodable.fullmatch(text):
        return False
    if charset.lower() not in _CHARSETS:
        raise _MailboxError
    return True


def _is_atom_text(character: str) -> bool:
    return character not in _SPECIALS and _is_visible(character)


def _is_visible(character: str) -> bool:
    return "!" <= character <= "~" or character >= "\x80"
