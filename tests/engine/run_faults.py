# ruff: noqa: E501
"""Faults that runs of published engrams once showed, each with the tests that fail where it comes back.

A test is named by its file below tests/ and by its function. `test_run_faults.py` holds that each exists, and that no row
is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One fault of a run's verdict."""

    number: str
    """`G`: green without evidence; `B`: blame for what is ours; `L`: what of ours can bite an engram besides; `A`: the
    stand-in API; `N`: noise; `W`: writing cases; `S`: samples."""
    what: str
    tests: tuple[str, ...]


def _row(number: str, what: str, *tests: str) -> Row:
    return Row(number, what, tests)


_EXCUSED = (
    "checks/test_conformance.py::test_what_the_sandbox_lacks_is_not_the_engrams_fault",
    "checks/streaming/test_blame.py::test_what_is_ours_is_not_checked",
)
"""What is on record of a limit of ours is no fault of jobs and of streaming engrams."""

ROWS: Sequence[Row] = (
    _row("G1", "an engram that calls an API passes without an output", "engine/test_green_has_evidence.py::test_an_engram_that_calls_an_api", "checks/streaming/test_probing.py::test_an_engram_that_puts_nothing_out_has_no_row_about_packets_that_passed"),
    _row("G2", "a decoder that refuses what the schema allows is no usable sample", "checks/test_decoding.py::test_members_that_cannot_be_decoded", "engine/test_sdk_validation.py::test_what_the_sdk_refuses_is_refused_here"),
    _row("G3", "JSON in a raw frame is judged by its first bytes", "checks/streaming/test_messages.py::test_json_in_a_raw_frame_is_judged_whole_and_called_latent", "sandbox/streaming/test_stream.py::test_a_session_event_in_a_raw_frame_is_read_whole"),
    _row("G3", "nobody looks for leaks in JSON of a raw frame", "checks/isolation/test_surfaces.py::test_a_stream_leaves_packets_and_metadata"),
    _row("G4", "a null that the SDK refuses passes", "engine/test_sdk_validation.py::test_what_the_sdk_refuses_is_refused_here"),
    _row("G5", "what one mode puts out is never missed in the other", "checks/isolation/test_learned.py::test_what_one_mode_puts_out_is_missed_in_the_other"),
    _row("G6", "a reference below alternatives passes", "schemas/test_profile.py::test_verdicts", "checks/streaming/test_messages.py::test_a_reference_below_alternatives_is_refused_as_the_hub_does"),
    _row("G6", "an undeclared input changes the output unseen", "checks/test_inputs.py::test_an_input_matters_where_something_else_comes_out_without_it", "engine/test_undeclared_inputs.py::test_it_is_taken_away_and_looked_for", "checks/isolation/test_influence.py::test_an_undeclared_input_is_told_where_it_matters"),
    _row("G6", "an object of the inputs comes out whole, unseen", "checks/test_inputs.py::test_an_object_that_comes_out_whole", "checks/isolation/test_interference.py::test_an_object_of_the_inputs_is_looked_for_as_a_whole"),
    _row("G7", "one broken schema hides all other rows", "checks/streaming/test_probing.py::test_a_broken_schema_hides_no_row_that_does_not_depend_on_it"),
    _row("B1", "the limit of connections to stub services is the engram's fault", "sandbox/test_services.py::test_a_streaming_engram_that_hoards_connections_is_blamed_for_no_limit_of_ours", "checks/streaming/test_probing.py::test_a_limit_of_ours_that_bit_is_nobodys_fault", "engine/test_blame.py::test_what_is_ours_blames_nobody"),
    _row("B2", "audio is cut into empty chunks", "checks/streaming/test_probing.py::test_what_cannot_be_sent_in_chunks_is_not_sent_in_chunks", "sandbox/streaming/test_stream.py::test_an_engram_for_audio_alone_is_sent_no_chunks_and_passes_every_other_row", "sandbox/streaming/test_frames.py::test_no_chunk_is_empty"),
    _row("B3", "a daemon that stalls takes the engram's time", "sandbox/streaming/test_connector.py::test_the_time_of_an_engram_begins_with_its_program", "sandbox/streaming/test_driver.py::test_the_time_of_an_engram_begins_when_its_program_runs_and_no_earlier"),
    _row("B4", "values that were made up, and refused", "engine/test_blame.py::test_what_is_ours_blames_no_streaming_engram", "engine/test_blame.py::test_what_is_ours_blames_nobody", "engine/test_blame.py::test_what_its_author_gave_a_streaming_engram_is_no_excuse", "checks/streaming/test_blame.py::test_what_is_ours_is_not_checked"),
    _row("B5", "an engram that starts other stories", "engine/test_blame.py::test_what_is_ours_blames_nobody", "engine/test_blame.py::test_what_is_ours_blames_no_streaming_engram", "checks/test_conformance.py::test_what_the_sandbox_lacks_is_not_the_engrams_fault"),
    _row("B6", "the MIME trap of an old SDK is the engram's", "sandbox/streaming/test_old_sdk.py::test_the_mime_trap_names_the_sdk_where_the_engram_did_all_it_could", "checks/streaming/test_messages.py::test_the_mime_trap_names_who_fell_into_it"),
    _row("B7", "the note of a pause comes and goes", "checks/streaming/test_probing.py::test_a_pause_that_seems_to_be_heeded_is_tried_once_more", "checks/streaming/test_probing.py::test_the_row_of_a_pause_is_run_again_where_nothing_came_meanwhile"),
    _row("B7", "burst and slow reader depend on the machine", "checks/streaming/test_probing.py::test_a_burst_is_only_spared_an_engram_that_is_slow_again", "checks/streaming/test_probing.py::test_what_did_not_come_in_time_is_a_fault_only_when_it_shows_twice", "sandbox/streaming/test_connector.py::test_an_engram_with_an_sdk_is_stuck_when_its_own_clock_says_so", "sandbox/streaming/test_connector.py::test_heartbeats_count_from_the_last_answer_on_and_one_by_one"),
    _row("B8", "an image that cannot start passes isolation", "engine/test_never_started.py::test_one_row_fails_and_no_other_passes", "engine/test_facts.py::test_of_an_image_that_cannot_start_one_case_fails"),
    _row("L1", "a body that is too large for a stub service", "sandbox/test_services.py::test_a_body_that_is_too_large_for_a_stub_is_our_limit_and_on_record", *_EXCUSED),
    _row("L1", "bodies that take too much memory of stub services", "sandbox/test_services.py::test_what_connections_say", *_EXCUSED),
    _row("L2", "more connections than the API has room for", "sandbox/test_step_run.py::test_connections_for_which_there_is_no_room_are_our_limit_and_on_record", *_EXCUSED),
    _row("L2", "more objects than the API holds, and bodies in chunks", "engine/test_blame.py::test_what_is_ours_blames_nobody"),
    _row("L2", "a watch", "sandbox/test_cluster.py::test_answers", "sandbox/test_step_run.py::test_what_the_sandbox_lacks_is_on_record"),
    _row("L3", "other kinds of patches, other APIs, and Secrets, ConfigMaps and pods of the cluster", "sandbox/test_step_run.py::test_what_the_sandbox_lacks_is_on_record", *_EXCUSED),
    _row("L4", "more streams than the connector has room for", "sandbox/streaming/test_connector.py::test_streams_for_which_there_is_no_room_are_our_limit_and_on_record", "sandbox/streaming/test_driver.py::test_limits_of_the_api_and_of_the_connector_are_on_record"),
    _row("L5", "packets that the transcript does not keep are missed", "checks/streaming/test_expectations.py::test_what_the_transcript_lacks_is_no_fault"),
    _row("L6", "no network, and other kinds of sockets", "engine/test_blame.py::test_what_is_ours_blames_nobody", *_EXCUSED),
    _row("L7", "a daemon that goes away", "sandbox/test_daemon_lost.py", "sandbox/test_endpoints.py::test_a_daemon_that_never_answers_is_told_within_seconds"),
    _row("L8", "the table of what can bite has a row that nothing makes bite", "engine/test_blame.py::test_the_table_has_no_row_without_a_test", "checks/streaming/test_blame.py::test_every_row_bites_streaming_engrams_too"),
    _row("A1", "members of another type, enum, format or length", "sandbox/test_step_run.py::test_what_is_refused"),
    _row("A2", "a list for an object drops the connection", "sandbox/test_step_run.py::test_a_refused_status_changes_nothing_and_is_told", "sandbox/test_step_run.py::test_every_body_is_answered"),
    _row("A3", "a status in the wrong place is nothing", "sandbox/test_step_run.py::test_a_write_to_the_wrong_place_is_told", "checks/test_conformance.py::test_a_result_in_the_wrong_place_is_told_unless_one_came"),
    _row("A4", "other words than the server's", "sandbox/test_step_run.py::test_the_words_of_the_server"),
    _row("N1", "a finding for each field and each case", "engine/test_facts.py::test_one_fact_is_one_finding"),
    _row("N1", "fields of an open body are leaks", "schemas/test_undeclared.py::test_undeclared"),
    _row("N1", "edits of one node each bring their properties; a null becomes a type", "checks/isolation/test_learned.py::test_fields_of_an_object_that_lists_none_are_declared_by_one_edit"),
    _row("N2", "calls are told of rows that did nothing", "engine/test_call_rows.py::test_a_case_that_did_nothing_is_not_warned_by_its_neighbours"),
    _row("N2", "a mode that does not work is told for each sample, at the wrong entry", "checks/test_conformance.py::test_a_mode_that_does_not_work_is_one_finding_at_the_entry_that_claims_it"),
    _row("N2", "copied metadata is called `.`", "checks/isolation/test_interference.py::test_a_copied_packet_is_noted"),
    _row("N3", "a broken packet is shown at the whole schema", "checks/streaming/test_messages.py::test_a_broken_packet_is_shown_at_the_line_of_the_schema"),
    _row("N3", "the wrong alternative is the closest", "schemas/test_violations.py::test_the_closest_alternative_is_the_one_whose_members_are_there"),
    _row("N4", "heartbeats push out the lines that matter", "checks/streaming/test_excerpt.py::test_heartbeats_are_folded_and_push_nothing_out"),
    _row("N4", "errors are listed twice, and cut off", "reports/test_console.py::test_a_failure_is_told_once_and_whole"),
    _row("N5", "a path is told three times", "sandbox/test_start_problems.py::test_a_path_is_told_once"),
    _row("N5", "the words of the runtime", "sandbox/test_start_problems.py::test_the_program_and_what_is_wrong_with_it_are_told"),
    _row("N5", "a program that reports nothing is shown at the key `images`", "checks/test_conformance.py::test_a_program_that_reports_nothing_is_shown_at_its_image"),
    _row("W1", "placeholders, secrets and inputs that nobody knows go to the engram", "suite/test_case_defaults.py::test_what_names_nothing_is_told_at_its_place"),
    _row("W2", "an unknown key of an expected packet is a failed expectation", "suite/test_config.py::test_a_mistake_is_shown_at_its_place"),
    _row("W3", "no storage for streaming cases", "sandbox/streaming/test_stream.py::test_a_streaming_case_with_storage_runs_beside_its_folder", "sandbox/streaming/test_driver.py::test_a_case_with_storage_has_its_folder_and_is_told_of_it"),
    _row("W4", "no defaults for an engram", "suite/test_case_defaults.py::test_cases_have_what_the_defaults_say_and_what_they_say_themselves", "suite/test_case_defaults.py::test_samples_have_the_defaults_too"),
    _row("W5", "sandbox run does not judge by its template", "sandbox/test_command.py::test_a_template_judges"),
    _row("W6", "lines with whole seconds are shown at 0.000", "checks/streaming/test_excerpt.py::test_whole_seconds_are_no_moment", "checks/streaming/test_excerpt.py::test_an_unknown_time_is_not_the_beginning"),
    _row("W7", "the excerpt masks the wrong placeholder", "suite/test_case_defaults.py::test_a_secret_that_holds_an_address_hides_no_placeholder"),
    _row("S1", "each sample has every key of the configuration", "suite/test_generation.py::test_one_case_alone_has_every_key_of_the_config", "explore/test_settings.py::test_each_has_one_key_more_and_each_word_comes_up"),
    _row("S1", "what people wrote is not tried", "engine/test_where_searches_begin.py::test_it_begins_with_what_cases_and_stories_say", "schemas/test_samples.py"),
    _row("S1", "samples that reach nothing", "suite/test_generation.py::test_every_value_of_a_short_enum_and_every_alternative_comes_up", "suite/test_generation.py::test_a_made_up_secret_is_what_its_key_speaks_of_and_tells_which_key_it_is", "suite/test_case_defaults.py::test_samples_have_the_defaults_too"),
    _row("S2", "an empty slug passes", "explore/test_search.py::test_a_planted_fault_is_found_and_shrunk", "explore/test_exploration.py::test_a_planted_fault_is_found_in_process"),
)  # fmt: skip

FIXTURES: Sequence[Row] = (
    _row("calls an API", "jobs and streams", "engine/test_green_has_evidence.py::test_an_engram_that_calls_an_api", "sandbox/test_services.py"),
    _row("audio only", "streams", "sandbox/streaming/test_stream.py::test_an_engram_for_audio_alone_is_sent_no_chunks_and_passes_every_other_row"),
    _row("session events of 400 bytes and 60 KB", "streams, with both SDKs", "sandbox/streaming/test_stream.py::test_a_session_event_in_a_raw_frame_is_read_whole", "sandbox/streaming/test_old_sdk.py"),
    _row("triggers other stories", "jobs and streams", "engine/test_fixtures.py::test_a_fixture_gives_its_findings_and_no_others", "engine/test_blame.py::test_what_is_ours_blames_no_streaming_engram"),
    _row("idle connections", "jobs and streams", "engine/test_fixtures.py::test_a_fixture_gives_its_findings_and_no_others", "sandbox/test_services.py::test_a_streaming_engram_that_hoards_connections_is_blamed_for_no_limit_of_ours"),
)  # fmt: skip
"""Engrams of the sorts that showed them, in Go with the real SDK (fixtures/engrams), and who runs them."""
