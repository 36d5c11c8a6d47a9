"""The table of all pairs in a report: only where it is wanted, the same as `compat --matrix`, and judged by nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from validator.engine import pairs
from validator.engine.engine import run
from validator.engine.merging import Part, merged
from validator.engine.options import Options
from validator.reports.matrix import of_pairs
from validator.suite.results import PairVerdict, Report

TEMPLATE = """\
apiVersion: catalog.bubustack.io/v1alpha1
kind: EngramTemplate
metadata: {{name: {name}}}
spec:
  version: 1.0.0
  image: ghcr.io/acme/{name}:1
  supportedModes: [job]
  inputSchema: {{type: object, properties: {{total: {{type: {takes}}}}}, required: [total]}}
  outputSchema: {{type: object, properties: {{total: {{type: {gives}}}}}, required: [total]}}
"""


def test_every_template_stands_beside_every_other(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEMPLATE.format(name="a", takes="string", gives="integer"))
    (tmp_path / "b.yaml").write_text(TEMPLATE.format(name="b", takes="number", gives="string"))
    checks = ("manifests", "pairwise")
    without, wanted = (run(Options(root=tmp_path, checks=checks, pairs=pairs)) for pairs in (False, True))
    assert without.pairs == ()
    outcomes = {(pair.producer, pair.consumer): pair.outcome for pair in wanted.pairs}
    assert outcomes == {("a", "a"): "never", ("a", "b"): "accepted", ("b", "a"): "accepted", ("b", "b"): "never"}
    (misfit,) = next(pair for pair in wanted.pairs if pair.producer == pair.consumer == "a").misfits
    assert (misfit.path, misfit.producer, misfit.consumer) == ("total", "a.yaml:9:45", "a.yaml:8:58")
    assert isinstance(misfit.witness, dict)
    assert without.findings == wanted.findings
    assert run(Options(root=tmp_path, checks=("manifests",), pairs=True)).pairs == ()


def test_what_would_be_no_table_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MOST", 2)
    reports = []
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.yaml").write_text(TEMPLATE.format(name=name, takes="string", gives="string"))
        reports.append(run(Options(root=tmp_path, checks=("pairwise",), pairs=True)))
    assert [(len(report.pairs), bool(report.no_pairs)) for report in reports] == [(0, False), (4, False), (0, True)]
    assert reports[-1].no_pairs.startswith("The table of 3 templates is not here")
    assert merged([Part("x", Report()), Part("y", reports[-1])]).no_pairs == reports[-1].no_pairs


def test_pairs_of_two_reports_make_one_table() -> None:
    one, other = (PairVerdict(*names, "accepted") for names in (("a", "a"), ("b", "a")))
    table = of_pairs(merged([Part("x", Report(pairs=(one,))), Part("y", Report(pairs=(other, one)))]).pairs)
    assert [cell["outcome"] for cell in table["cells"]] == ["accepted", "unknown", "accepted", "unknown"]
    assert table["outcomes"] == {"accepted": 2, "unknown": 2}
