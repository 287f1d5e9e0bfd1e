"""Every row of the troubleshooting table is covered by tests, and every kind of problem has its row."""

import re

import pytest

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.messages.alerts.problem_texts import PROBLEM_TEXTS
from local.aws.translation import source
from tests.unit.repository.pages.documentation import ROOT, page

SECTION = page("troubleshooting").partition("\n## What can go wrong")[2].partition("\n## ")[0]
CELLS = re.findall(r"^\| (?!cause \||\*\*)(.+?) \| (.+) \|$", SECTION, re.MULTILINE)
TOLD = dict(CELLS)
# These reasons are not problems: nothing is wrong yet, or another problem covers them.
UNTOLD = {UnknownKind.NO_DATA_YET}

CHECK = "unit/check/test_check.py::"
SUBSCRIBERS = "unit/check/test_subscribers.py::"
TRUST = "unit/domain/data_quality/test_consistency.py::"
ALARMS = "unit/template/test_alarms.py::"
PARAMETERS = "integration/aws/test_parameter_store.py::"
SECRETS = "integration/secrets/test_secrets_check.py::"
SLACK = "integration/hostile/test_slack_webhook.py::"
QUEUE = "unit/template/test_slack_webhook.py::"
LIMIT = "integration/check/test_more_accounts_than_the_limit.py::"
IN_TIME = "unit/template/test_alarms_in_time.py::"

HELD_BY: dict[str, tuple[str, ...]] = {
    "nothing is configured": (CHECK + "nothing_configured_is_reported_and_says_how_to_begin",),
    "the token is missing, revoked, or belongs to another account": (
        CHECK + "a_refused_token_leaves_its_budgets_unknown_and_is_reported",
        CHECK + "a_problem_is_reported_once_a_day",
    ),
    "the token contains a space, quotes or a line break, or is stored as an unencrypted String": (
        SECRETS + "an_invalid_credential_is_named_by_its_parameter_and_not_sent",
        SECRETS + "a_credential_stored_as_an_unencrypted_string_is_refused_and_not_shown",
    ),
    "a run is requested for an account without a parameter": (CHECK + "one_account_can_be_checked_alone",),
    "the token of one account cannot be decrypted": (
        PARAMETERS + "a_token_that_cannot_be_decrypted_does_not_hide_the_other_accounts",
    ),
    "the account can use neither usage API": (
        (
            "integration/check/test_accounts_of_every_kind.py::"
            "the_error_of_an_account_without_access_names_the_permission"
        ),
        (
            "integration/check/test_accounts_of_every_kind.py::"
            "trap_7_an_account_that_is_not_covered_is_unknown_and_never_zero"
        ),
    ),
    "no mail address of the operations topic is confirmed for a day": (
        SUBSCRIBERS + "alarms_that_reach_no_person_are_reported_once_after_a_day",
    ),
    "the price list of the installed version is older than 180 days": (
        SUBSCRIBERS + "a_price_list_is_reported_once_a_month_after_180_days_without_a_comparison",
    ),
    "no digest was sent for more than two of its intervals": (
        "unit/check/test_run_state.py::a_digest_that_stays_away_is_reported_once_and_its_return_too",
    ),
    "a budget was deleted": ("unit/check/test_new_budgets.py::a_budget_that_was_deleted_is_reported_once",),
    "an account could not be read, or its alerts could not be sent, for more than 31 days": (
        "unit/check/collection/test_outages.py::periods_that_passed_for_good_are_named_once",
        (
            "unit/check/delivery/test_held_periods.py::"
            "periods_that_could_not_be_reported_for_a_month_are_named_with_both_causes"
        ),
    ),
    "a budget is malformed, or names no account although there are several": (
        "unit/check/test_assignment.py::with_several_accounts_a_budget_must_name_its_own",
        CHECK + "a_problem_is_reported_once_a_day",
    ),
    "the unit or currency of a budget differs from that of its usage": (
        "unit/domain/evaluation/test_evaluation.py::mixed_units_are_unknown_and_named",
        "unit/domain/evaluation/test_evaluation.py::mixed_currencies_are_unknown_and_named",
        (
            "unit/domain/evaluation/test_evaluation.py::"
            "nothing_in_another_currency_alone_meets_no_limit_for_the_bill_will_be_in_that_one"
        ),
    ),
    "a budget counts quantities that cannot be added, such as a mean of daily peaks": (
        "unit/domain/evaluation/test_traps.py::trap_19_a_mean_of_daily_peaks_is_not_summed",
    ),
    "the scope of a budget matches no usage: unused, or misspelled": (
        "unit/domain/evaluation/test_traps.py::trap_24_slugs_are_compared_whole_and_an_unmatched_scope_is_reported",
    ),
    "an alerted threshold is removed from its budget": (
        "unit/domain/alerts/test_resolved.py::changed_thresholds_are_not_reported_as_usage_that_was_restated",
    ),
    "a muted budget exceeds its limit": (
        "unit/domain/alerts/test_muted.py::a_muted_budget_reports_no_crossing",
        "unit/domain/alerts/test_muted.py::twice_the_limit_is_reported_once_all_the_same",
        "unit/messages/alerts/test_digest.py::a_muted_budget_says_so",
    ),
    "a mute is malformed": (
        "unit/domain/budgets/test_mutes.py::an_invalid_mute_is_a_problem_and_the_budget_alerts",
        "unit/domain/budgets/test_mutes.py::an_invalid_mute_is_named_with_the_right_form",
    ),
    "an own price is malformed": (
        "unit/check/test_price_overrides_in_runs.py::an_entry_that_is_refused_is_reported_once_a_day_and_prices_nothing",
    ),
    "Cloudflare is down, slow, or rate-limiting": (
        (
            "integration/hostile/test_hostile_cloudflare.py::"
            "a_temporary_error_is_retried_at_most_twice_within_the_deadline"
        ),
        "integration/hostile/test_hostile_statuses.py::a_retry_after_within_the_deadline_is_respected",
        CHECK + "what_a_retry_can_fix_fails_the_run_after_all_other_work",
    ),
    "a token reads more accounts than Cloudflare's limit allows (1,200 requests in five minutes)": (
        LIMIT + "three_hourly_runs_leave_no_account_unread",
        LIMIT + "the_accounts_of_another_token_are_read_in_the_same_run",
    ),
    "Cloudflare returns a broken response": (
        "integration/hostile/test_hostile_sockets.py::invalid_answers_are_errors",
        "unit/adapters/cloudflare/usage/test_usage_rows.py::a_row_without_what_every_row_needs_is_refused",
        CHECK + "what_a_retry_can_fix_fails_the_run_after_all_other_work",
    ),
    "a response contains the token that was sent": (
        SECRETS + "an_echoed_credential_is_not_shown",
        "unit/adapters/cloudflare/test_cloudflare_credentials.py::an_answer_that_quotes_the_secret_is_not_read",
    ),
    "no usage at all": (
        "unit/domain/evaluation/test_evaluation.py::in_the_first_two_days_of_a_period_missing_rows_are_not_reported",
        "unit/domain/evaluation/test_evaluation.py::no_rows_at_all_are_no_proof_of_no_usage",
    ),
    "usage is late, has a gap, loses a metric, shrinks, or contradicts its own totals": (
        "unit/domain/evaluation/test_evaluation.py::old_data_bars_the_all_clear_but_not_a_breach",
        TRUST + "a_day_without_any_row_among_days_with_rows_is_missing",
        TRUST + "a_metric_that_had_usage_and_vanished_is_doubtful",
        TRUST + "a_total_of_settled_days_that_went_down_is_doubtful",
        TRUST + "rows_that_contradict_their_running_totals_bar_the_all_clear_but_no_breach",
    ),
    "a metric vanishes, or usage shrinks, at the end of its month": (
        TRUST + "a_month_that_is_over_is_doubted_for_as_long_as_it_is_evaluated",
        TRUST + "a_doubt_about_a_month_that_is_over_names_it_and_leaves_the_new_one_alone",
    ),
    "usage of a month arrives after the month is over": (
        CHECK + "the_month_before_is_alerted_when_its_last_days_arrive_late",
    ),
    "usage decreases after its alert was sent": (
        CHECK + "usage_restated_downwards_does_not_report_the_lower_thresholds_afterwards",
        "unit/domain/alerts/test_resolved.py::usage_restated_downwards_resolves_what_was_reported",
    ),
    "the day of a spike arrives late, together with others": (
        "unit/domain/alerts/test_anomalies_in_runs.py::days_that_arrive_late_and_together_are_still_reported",
        "unit/domain/alerts/test_anomalies_in_runs.py::an_episode_of_several_days_is_one_message",
    ),
    "usage does not reach back to the start of a period": (
        "unit/domain/evaluation/test_billing_period.py::usage_that_does_not_reach_back_to_the_periods_start_proves_nothing",
        "unit/domain/evaluation/forecast/test_short_history.py::a_breach_that_a_part_of_the_days_makes_certain_is_reported",
    ),
    "the days that only a forecast needs are unavailable": (
        "unit/check/collection/test_history_in_runs.py::what_cloudflare_could_not_give_just_now_is_requested_in_the_next_run",
        "unit/check/collection/test_history_in_runs.py::the_days_before_a_budgets_period_change_no_judgement",
    ),
    "fewer than four days are complete": (
        "unit/domain/alerts/test_forecast_thresholds.py::thresholds_wait_for_four_days_and_the_reply_says_so",
    ),
    "two subscriptions renew on different days": (
        (
            "unit/adapters/cloudflare/usage/test_usage_v1.py::"
            "trap_14_subscriptions_with_different_anchors_are_each_read_in_their_own_cycles"
        ),
        (
            "unit/domain/evaluation/test_billing_period.py::"
            "trap_14_subscriptions_with_different_anchors_are_separate_and_both_reported"
        ),
        "unit/domain/evaluation/forecast/test_idle_cycles.py::a_plan_without_usage_of_its_own_leaves_no_budget_unknown",
    ),
    "rows contain no billing cycle": (
        "unit/domain/evaluation/test_billing_period.py::rows_that_name_no_cycle_leave_the_billing_period_unknown",
    ),
    "costs are missing": (
        "unit/domain/evaluation/costs/test_cost_basis.py::what_is_billed_counts_and_what_has_no_cost_is_estimated",
        "unit/domain/evaluation/costs/test_cost_basis.py::without_any_price_the_cost_is_not_known_rather_than_zero",
    ),
    "a correction of an earlier invoice has no cost": (
        "unit/domain/evaluation/costs/test_cost_basis.py::a_correction_that_lacks_its_cost_leaves_a_breach_reported_and_no_budget_met",
    ),
    "a metric has no price": (
        "unit/domain/evaluation/costs/test_cost_basis.py::a_metric_without_a_price_is_named_and_makes_the_estimate_a_lower_bound",
    ),
    "another metric has no price, or the price of a fixed one is missing again": (
        "unit/domain/alerts/test_monthly_problems.py::a_further_metric_is_reported_and_one_fewer_is_not",
        "unit/domain/alerts/test_monthly_problems.py::what_was_called_gone_and_stays_is_reported_again_within_a_week",
    ),
    "Cloudflare bills a metric far below its list price": (
        "unit/domain/evaluation/costs/test_cost_basis.py::a_bill_far_below_list_prices_reports_no_budget_as_met_that_list_prices_would_break",
        "unit/domain/evaluation/costs/test_cost_basis.py::the_message_shows_both_figures_where_they_are_far_apart",
        "unit/domain/evaluation/costs/test_cost_basis.py::one_metrics_bill_does_not_hide_that_another_metric_is_billed_nothing",
        "unit/domain/alerts/test_resolved.py::a_growing_cost_difference_is_reported_at_each_threshold_once_and_ends_once",
    ),
    "a metric in an allowance budget has no known allowance": (
        "unit/domain/evaluation/costs/test_allowance_budgets.py::a_missing_allowance_is_reported_once_a_month",
        (
            "unit/domain/evaluation/costs/test_allowance_budgets.py::"
            "what_is_not_known_of_one_metric_does_not_prevent_another_alert"
        ),
    ),
    "no subscription is confirmed": (
        CHECK + "without_a_subscriber_alerts_are_held_and_the_run_does_not_fail",
    ),
    "only machines have confirmed, and a mail address waits": (
        SUBSCRIBERS + "machines_receive_alerts_and_do_not_count_while_the_only_address_waits",
    ),
    "the last subscriber leaves": (
        ALARMS + "missing_data_starts_the_heartbeat_alarm_and_no_other",
        ALARMS + "every_alarm_about_our_own_metrics_uses_a_metric_that_is_emitted",
    ),
    "an alert remains unsent over two checks": (
        ALARMS + "an_alert_that_two_checks_could_not_send_has_an_alarm",
        CHECK + "without_a_subscriber_alerts_are_held_and_the_run_does_not_fail",
    ),
    "SNS cannot deliver a message to a subscriber": (
        ALARMS + "messages_that_sns_loses_have_an_alarm",
        QUEUE + "the_queue_receives_every_alert_with_its_subject_and_stores_undelivered_ones",
    ),
    "an alert is sent late, after its cause is gone": (
        "unit/domain/alerts/test_resolved.py::what_was_sent_late_ends_in_the_run_after_it_if_its_cause_is_gone",
    ),
    "an alert exceeds the size limit of SNS or of its row": (
        "unit/messages/alerts/test_alert_size.py::a_document_that_is_too_long_is_sent_as_its_essence",
        "unit/messages/alerts/test_alert_size.py::the_largest_alert_of_each_type_is_stored_and_sent_whole",
    ),
    "SNS rejects the format of a message": (
        "integration/aws/test_alert_topic_faults.py::a_message_rejected_for_its_subject_is_sent_with_an_ascii_subject",
    ),
    "Slack is down, slow, or rate-limiting": (
        SLACK + "a_slack_that_stays_out_of_order_is_tried_five_times",
        SLACK + "a_wish_that_is_too_long_is_left_to_lambda",
        QUEUE + "an_alert_is_retried_for_half_a_day",
        QUEUE + "the_queue_receives_every_alert_with_its_subject_and_stores_undelivered_ones",
        IN_TIME + "an_alert_that_slack_refuses_causes_one_alarm_within_forty_minutes",
        "local/channels/test_slack.py::an_alert_that_slack_delays_too_long_is_posted_by_a_later_run",
    ),
    "Slack rejects the format of a message": (
        "unit/messages/test_notification.py::a_message_that_is_refused_is_posted_in_plain_words",
    ),
    "the Slack webhook is revoked, its channel is gone, or its parameter contains no webhook URL": (
        SLACK + "a_revoked_webhook_is_reported",
        SLACK + "what_no_retry_fixes_is_reported_with_slacks_word_and_the_parameter",
        "integration/aws/test_slack_parameter.py::an_invalid_webhook_url_is_refused_and_not_shown",
        "local/channels/test_slack.py::an_alert_that_slack_rejects_is_stored_and_posted_after_a_redrive",
    ),
    "alerts for Slack wait without an attempt": (
        ALARMS + "an_alert_for_slack_that_is_not_attempted_has_an_alarm",
        IN_TIME + "an_alert_in_the_queue_that_no_attempt_receives_is_reported_after_half_an_hour",
    ),
    "the topic of the chat does not accept an alert": (
        "integration/aws/test_chat_topic.py::a_message_that_the_topic_rejects_is_left_to_lambdas_retries",
        "local/channels/test_chat.py::an_event_that_cannot_be_sent_to_the_chat_is_stored",
    ),
    "Amazon Q Developer drops a message": (
        "unit/template/test_chat.py::the_channel_subscribes_to_the_chat_topic_and_logs_errors",
    ),
    "the report of a digest cannot be stored": (
        "unit/messages/alerts/test_digest.py::a_store_that_fails_costs_the_link_alone_and_the_run_says_so",
    ),
    "Parameter Store does not respond": (
        CHECK + "the_sweep_sends_what_is_owed_even_when_nothing_else_works",
        "integration/aws/test_parameter_store.py::an_invalid_answer_is_never_an_empty_configuration",
    ),
    "the alert table does not respond": (CHECK + "without_memory_nothing_is_published",),
    "stored usage of earlier days cannot be read": (
        "unit/check/collection/test_history_in_runs.py::a_history_that_cannot_be_read_fails_the_run_after_all_alerts_were_sent",
    ),
    "a row of the alert table is damaged or of another format": (
        "integration/dynamodb/test_unreadable_state.py::an_unreadable_state_of_an_account_delays_no_alert",
        "integration/dynamodb/test_unreadable_state.py::an_unreadable_state_of_runs_is_replaced_as_well",
    ),
    "a run ends between sending and recording an alert": (
        CHECK + "an_alert_that_could_not_be_confirmed_is_repeated_when_its_lease_is_over",
        "integration/aws/test_alert_topic.py::a_second_attempt_is_marked_as_a_possible_repeat",
        "integration/crashes/test_crashes.py::a_fault_at_any_call_loses_no_alert",
        "integration/crashes/test_sudden_deaths.py::a_process_killed_at_any_instant_loses_no_alert",
    ),
    "a check is started twice, or two run at once": (
        CHECK + "a_crossing_is_reported_once_however_often_the_check_runs",
        "integration/dynamodb/test_outbox.py::another_run_waits_while_the_lease_lasts",
    ),
    "a check uses four fifths of its time": (
        ALARMS + "a_run_that_needs_four_fifths_of_its_time_has_an_alarm",
    ),
    "checks are throttled, dropped, or wait for half an hour": (
        ALARMS + "each_function_has_every_alarm_under_the_condition_of_the_function",
    ),
    "a failed run cannot be stored in its queue": (
        ALARMS + "each_function_has_every_alarm_under_the_condition_of_the_function",
    ),
    "usage is older than `StaleAfterHours`, regardless of the budgets": (
        ALARMS + "usage_has_an_alarm_at_the_age_that_makes_budgets_unknown",
    ),
    "the time runs out before the last account": (
        CHECK + "with_too_little_time_left_nothing_is_begun_and_the_run_says_so",
        CHECK + "where_time_runs_out_the_next_run_begins",
    ),
    "a check or a digest cannot be started": (
        "unit/template/test_reliability.py::each_schedule_retries_and_stores_events_it_could_not_deliver",
        ALARMS + "every_queue_has_an_alarm",
    ),
    "the digest does not arrive": (
        "unit/template/test_reliability.py::a_run_that_failed_on_every_attempt_is_stored",
        ALARMS + "each_function_has_an_alarm_about_its_errors",
        "unit/messages/alerts/test_digest.py::a_digest_is_a_check_as_well",
    ),
    "the schedule stops": (ALARMS + "missing_data_starts_the_heartbeat_alarm_and_no_other",),
    "the ping to the outside fails": (
        "unit/check/test_heartbeat_ping.py::a_ping_that_fails_fails_no_run_and_is_logged",
    ),
}

FAILED_RUN = "Cloudflare is down, slow, or rate-limiting"  # and so for all other rows with a failed run
# By the metric that an alarm watches.
ROWS_OF_ALARMS = {
    "ChecksCompleted": "the schedule stops",
    "ConfirmedSubscribers": "the last subscriber leaves",
    "DataAgeHours": "usage is older than `StaleAfterHours`, regardless of the budgets",
    "AlertsPending": "an alert remains unsent over two checks",
    "Errors": FAILED_RUN,
    "Duration": "a check uses four fifths of its time",
    "Throttles": "checks are throttled, dropped, or wait for half an hour",
    "AsyncEventsDropped": "checks are throttled, dropped, or wait for half an hour",
    "AsyncEventAge": "checks are throttled, dropped, or wait for half an hour",
    "DestinationDeliveryFailures": "a failed run cannot be stored in its queue",
    "ApproximateAgeOfOldestMessage": "alerts for Slack wait without an attempt",
    "ApproximateNumberOfMessagesVisible": "a check or a digest cannot be started",
    "NumberOfNotificationsFailed": "SNS cannot deliver a message to a subscriber",
    "NumberOfNotificationsFailedToRedriveToDlq": "SNS cannot deliver a message to a subscriber",
}


def source_of(test: str) -> str:
    """Give the file of a test, up to which it must exist."""
    path, _, name = test.partition("::")
    text = (ROOT / "tests" / path).read_text()
    assert f"\ndef test_{name}(" in text, test
    return text


def test_every_row_is_held_by_tests_and_what_is_held_has_its_row() -> None:
    assert list(HELD_BY) == list(TOLD)
    assert len(CELLS) == len(TOLD)


@pytest.mark.parametrize("row", HELD_BY)
def test_the_tests_that_hold_a_row_exist_and_know_its_kinds(row: str) -> None:
    sources = "\n".join(source_of(test) for test in HELD_BY[row]).lower()
    kinds = set(re.findall(r"`([a-z_]+)`", TOLD.get(row, ""))) & set(PROBLEM_TEXTS)
    assert [kind for kind in sorted(kinds) if kind not in sources] == []


def test_every_alarm_has_its_row() -> None:
    alarms = [one for one in source()["Resources"].values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    assert {alarm["Properties"]["MetricName"] for alarm in alarms} == set(ROWS_OF_ALARMS)
    assert {row for row in ROWS_OF_ALARMS.values() if "an alarm" not in TOLD[row]} == {FAILED_RUN}


def test_every_kind_of_problem_has_its_row() -> None:
    told = {kind for text in TOLD.values() for kind in re.findall(r"`([a-z_]+)`", text)}
    assert sorted({*PROBLEM_TEXTS, *UnknownKind} - UNTOLD - told) == []
