"""The HTML page of many findings in a real browser: its size, its elements, and how long its reader waits.

    python -m benchmarks.html_page [--findings 5000]

Aims (two idle cores): below 3 MB, below 20,000 elements at the start, ready in 1.5 s, filtered in 0.1 s.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

READY = "performance.getEntriesByType('navigation')[0].loadEventEnd"
FILTER = """(async () => {
  const started = performance.now();
  text.value = "field4";
  text.dispatchEvent(new Event("input", {bubbles: true}));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - started;
})()"""


def main() -> int:
    """Print the figures."""
    from tests.reports import chromium
    from tests.reports.report_samples import many
    from validator.reports import html

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings", type=int, default=5_000)
    count = parser.parse_args().findings
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(html.render(many(count), lambda file: ["x" * 20] * 6_000), encoding="utf-8")
        with chromium.browser(Path(folder) / "profile") as browser:
            browser.open(page)
            browser.value("new Promise((done) => setTimeout(done))")
            ready = browser.value(READY) / 1_000
            elements = browser.value("document.querySelectorAll('*').length")
            filtered = sorted(browser.value(FILTER) / 1_000 for _ in range(5))[2]
        print(f"{count:,} findings: {page.stat().st_size / 1e6:.2f} MB, {elements:,} elements at the start")
        print(f"ready in {ready:.2f} s, filtered in {filtered * 1_000:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
