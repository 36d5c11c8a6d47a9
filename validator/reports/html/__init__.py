"""The report as one self-contained page: nothing is loaded from anywhere, and nothing that others wrote is markup.

May import: findings, suite, the rest of reports. `findings`, `cases` and `stories` say what the page shows, templates
of Jinja (`*.html`) write it, `environment` escapes all that they write, and `page` puts it together.
"""

from validator.reports.html.page import render as render
