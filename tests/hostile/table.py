# ruff: noqa: E501
"""Every hole that was found and everything that held, with the tests that try it: printed at the end of a run.

A test is named by its file below tests/, and by its function where the file holds others. `docker` and `process` say in
which sandboxes it is tried; a row that has neither is tried before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that hostile input tries, in vain."""

    number: str
    """Of a hole; `held` for what never was one."""
    what: str
    tests: tuple[str, ...]
    docker: bool = False
    process: bool = False


def _both(number: str, what: str, *tests: str) -> Row:
    return Row(number, what, tests, docker=True, process=True)


HOLES: Sequence[Row] = (
    Row("1", "variables of a case run code outside", ("hostile/test_launching.py::test_no_variable_of_a_case_reaches_what_starts_its_engram",), process=True),
    _both("1", "a configuration lowers the isolation", "hostile/test_isolation_choice.py"),
    Row("2", "arguments show files of the machine", ("hostile/test_launching.py::test_arguments_give_a_right_to_files_of_the_repository_only",), process=True),
    _both("3", "links in the store lead out", "hostile/test_other_cases.py::test_nothing_is_read_through_what_an_engram_has_planted", "hostile/test_other_cases.py::test_storage_is_a_folder_that_nobody_has_seen"),
    Row("3", "the harness writes to the machine", ("hostile/test_launching.py::test_the_harness_itself_can_write_only_to_its_own_folders",), process=True),
    Row("4", "a pattern that never ends", ("hostile/test_patterns.py::test_a_pattern_that_takes_too_long_is_told_and_ends", "hostile/test_patterns.py::test_a_witness_is_confirmed_or_left_open")),
    Row("5", "paths of a configuration lead anywhere", ("hostile/test_configuration.py::test_a_path_that_leads_out_is_refused_where_it_stands", "hostile/test_configuration.py::test_a_configuration_that_is_a_link_is_not_followed_out")),
    Row("6", "placeholders name any variable", ("hostile/test_configuration.py::test_a_variable_is_had_when_the_caller_allows_it", "hostile/test_configuration.py::test_nobody_can_allow_a_variable_of_the_workflow")),
    Row("7", "a reference is fetched", ("hostile/test_patterns.py::test_a_reference_is_never_fetched",)),
    Row("8", "a build fetches from the host", ("hostile/test_builds.py::test_nothing_is_fetched", "hostile/test_builds.py::test_nothing_is_fetched_for_the_image_below"), docker=True),
    Row("9", "archives that unpack to much", ("hostile/test_archives.py",), docker=True),
    _both("10", "clients that ask and never read", "hostile/test_hostile_clients.py", "hostile/test_hostile_traffic.py"),
    _both("11", "a case forges another", "hostile/test_other_cases.py::test_another_case_cannot", "hostile/test_other_cases.py::test_lists_show_the_objects_of_their_case"),
    Row("12", "reports that explode", ("hostile/test_reports.py",)),
    Row("13", "numbers of 5,000 digits", ("hostile/test_numbers.py::test_a_plain_scalar_beyond_every_number_is_text", "hostile/test_numbers.py::test_json_beyond_every_number_is_told_where_it_stands")),
    _both("14", "a status that is a list", "sandbox/test_step_run.py::test_a_refused_status_changes_nothing_and_is_told"),
    Row("15", "multiples of huge numbers", ("hostile/test_numbers.py::test_multiples_of_huge_numbers_are_exact",)),
    Row("16", "a build without end or limit", ("hostile/test_builds.py::test_a_build_ends_in_its_time", "hostile/test_builds.py::test_a_step_has_limits"), docker=True),
    _both("17", "sockets of other families", "hostile/test_system_calls.py::test_sockets_are_local_or_of_the_internet"),
    Row("18", "standard streams closed or full", ("cli/test_streams.py",)),
    Row("19", "a daemon that never answers", ("sandbox/test_endpoints.py::test_a_daemon_that_never_answers_is_told_within_seconds",), docker=True),
    Row("20", "50,000 pipes, 200 alternatives", ("hostile/test_bombs.py::test_no_bomb_takes_long_or_much",)),
    Row("16", "a build by BuildKit without end", ("hostile/test_buildkit.py::test_a_build_ends_in_its_time_and_so_do_its_steps", "hostile/test_buildkit.py::test_a_build_ends_with_the_validator"), docker=True),
    Row("8", "a build by BuildKit fetches from the host", ("hostile/test_buildkit.py::test_nothing_is_fetched", "hostile/test_buildkit.py::test_a_step_gets_nothing_by_asking"), docker=True),
    Row("21", "a context holds .git", ("hostile/test_builds.py::test_the_checkouts_own_folder_stays_out",), docker=True),
)  # fmt: skip
HELD: Sequence[Row] = (
    _both("held", "a route to anywhere", "hostile/test_held.py::test_what_an_engram_tries_is_refused", "sandbox/test_isolation.py"),
    _both("held", "names of the outside", "hostile/test_held.py::test_what_an_engram_tries_is_refused", "sandbox/test_names.py"),
    _both("held", "raw and packet sockets", "hostile/test_system_calls.py::test_sockets_are_local_or_of_the_internet"),
    _both("held", "namespaces, keys of the kernel", "hostile/test_system_calls.py::test_calls_that_reach_into_the_kernel_are_refused"),
    _both("held", "settings of the kernel, control groups", "hostile/test_held.py::test_what_an_engram_tries_is_refused", "sandbox/test_promises.py::test_nothing_of_the_machine_can_be_changed"),
    _both("held", "the validator's environment", "sandbox/test_promises.py::test_every_sandbox_keeps_a_promise"),
    Row("held", "payloads in every field of seven outputs", ("reports/test_hostile_text.py", "cli/test_hostile_log.py")),
    _both("held", "payloads in what an engram says", "cli/test_hostile_output.py"),
    Row("held", "bombs at check", ("hostile/test_bombs.py::test_no_bomb_takes_long_or_much",)),
    Row("held", "no home, no environment, C locale, 20 files, no disk", ("hostile/test_surroundings.py::test_a_check_works_in_poor_surroundings",)),
    Row("held", "file names that are no text", ("hostile/test_surroundings.py::test_names_that_are_no_text_are_survived",)),
    Row("held", "a report folder that takes nothing", ("hostile/test_surroundings.py::test_a_report_that_cannot_be_written_is_told",)),
    Row("held", "a harness that stops", ("sandbox/test_program.py", "sandbox/test_link.py"), process=True),
    Row("held", "hash seeds", ("hostile/test_surroundings.py::test_hash_seeds_change_nothing",)),
    Row("held", "thousands of stories", ("hostile/test_surroundings.py::test_many_stories_take_bounded_memory",)),
    Row("held", "many cases", ("hostile/test_held.py::test_many_cases_leave_nothing",), process=True),
)  # fmt: skip
ROWS: Sequence[Row] = (*HOLES, *HELD)


def lines(outcomes: Mapping[str, Iterable[str]]) -> list[str]:
    """The table, with what became of each row's tests in this run: by node, `passed`, `failed` or `skipped`."""
    shown = [("hole", "what is tried", "docker", "process", "now", "held by")]
    for row in ROWS:
        marks = ["yes" if each else "-" for each in (row.docker, row.process)]
        shown.append((row.number, row.what, *marks, _now(row, outcomes), row.tests[0]))
    widths = [max(len(each[column]) for each in shown) for column in range(len(shown[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(each, widths, strict=True)).rstrip() for each in shown]


def _now(row: Row, outcomes: Mapping[str, Iterable[str]]) -> str:
    seen = {
        outcome
        for node, reached in outcomes.items()
        if any(node.partition("[")[0].removeprefix("tests/").startswith(test) for test in row.tests)
        for outcome in reached
    }
    return next((each for each in ("failed", "error", "passed", "skipped") if each in seen), "not run")
