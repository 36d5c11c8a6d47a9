"""What MkDocs needs beside docs/: the page of every rule, and links into the repository that lead to its host.

MkDocs calls the two functions as hooks (mkdocs.yml). Pages stay as they are read in the repository: a link to a file
outside docs/ becomes a link to that file at the repository's host, and one to a rule's page leads to its page here.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files, InclusionLevel

from validator.rules import labelled

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
RULE_PAGES = "validator/rules/pages"
# Inline code is matched first, so that brackets in it are no link.
_LINK = re.compile(r"(`[^`\n]*`)|\]\((?P<target>[^)#\s:]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each rule, below rules/."""
    for page in sorted((ROOT / RULE_PAGES).glob("EV*.md")):
        content = labelled(page.read_text(encoding="utf-8"))
        files.append(File.generated(config, f"rules/{page.name}", content=content, inclusion=InclusionLevel.NOT_IN_NAV))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links that leave docs/ to where the reader of the site finds their target."""
    folder = posixpath.dirname(page.file.src_uri)

    def replaced(found: re.Match[str]) -> str:
        if found["target"] is None:
            return found[0]
        inside = posixpath.normpath(posixpath.join("docs", folder, found["target"]))
        return f"]({_address(inside, folder, str(config.repo_url))}{found['anchor'] or ''})"

    return _LINK.sub(replaced, markdown)


def _address(path: str, folder: str, repository: str) -> str:
    """Return the address for `path` (from the repository's root) in a page of the folder `folder` of docs/."""
    if path.startswith(f"{RULE_PAGES}/EV"):
        return posixpath.relpath(f"rules/{posixpath.basename(path)}", folder or ".")
    if (ROOT / path).is_dir() and (ROOT / path / "README.md").exists() and path.startswith("docs/"):
        path = f"{path}/README.md"
    if path.startswith("docs/") and (ROOT / path).is_file():
        return posixpath.relpath(path.removeprefix("docs/"), folder or ".")
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{repository}/{kind}/main/{path}"
