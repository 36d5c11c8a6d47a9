"""EV265 to EV284, EV287, EV751 to EV756: stories that the platform runs otherwise than their author may expect.

One subject a file; each looks at the survey of a story. Which version of the platform has which gap is said in
`rules/platforms.py`. Source: story-run.md, sections E and J. May import: everything but reports and cli.
"""

from __future__ import annotations

from collections.abc import Iterator

from validator.checks.gaps.deliveries import check_deliveries
from validator.checks.gaps.packets import check_packets
from validator.checks.gaps.policies import check_policies
from validator.checks.gaps.primitives import check_primitives
from validator.checks.gaps.readers import check_readers
from validator.checks.gaps.routes import check_routes
from validator.checks.gaps.settings import check_settings
from validator.checks.resolution.templates import Survey
from validator.findings import Finding


def check_gaps(survey: Survey) -> Iterator[Finding]:
    """What the platform does with a story that nothing in the story says."""
    if survey.story.is_realtime:
        yield from check_routes(survey)
        yield from check_deliveries(survey)
        yield from check_packets(survey)
        yield from check_settings(survey)
    else:
        yield from check_primitives(survey.graph, survey.scopes.values)
        yield from check_policies(survey)
        yield from check_readers(survey)
