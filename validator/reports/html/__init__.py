"""The report as one self-contained page: nothing is loaded from anywhere, and nothing that others wrote is markup.

May import: findings, suite, the rest of reports. `markup` makes elements (its text is always escaped), `findings`,
`cases` and `stories` make the sections, `page` puts them together.
"""

from validator.reports.html.page import render as render
