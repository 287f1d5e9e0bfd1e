"""Which tests hold each row of the troubleshooting table, by their names without `test_`."""

HELD_BY: dict[str, tuple[str, ...]] = {
    "nothing is configured": ("nothing_configured_is_reported_and_says_how_to_begin",),
    "the token is missing, revoked, or belongs to another account": (
        "a_refused_token_leaves_its_budgets_unknown_and_is_reported",
        "a_problem_is_reported_once_a_day",
    ),
    "the token contains a space, quotes or a line break, or is stored as an unencrypted String": (
        "an_invalid_credential_is_named_by_its_parameter_and_not_sent",
        "a_credential_stored_as_an_unencrypted_string_is_refused_and_not_shown",
    ),
    "a run is requested for an account without a parameter": ("one_account_can_be_checked_alone",),
    "the token of one account cannot be decrypted": (
        "a_token_that_cannot_be_decrypted_does_not_hide_the_other_accounts",
    ),
    "a token for many accounts does not list an account any more": ("a_vanished_account_is_reported_once",),
    "Cloudflare lists no account of a token": ("an_empty_list_is_a_problem_and_no_account_vanishes",),
    "a pattern matches no account": ("a_pattern_that_matches_no_account_names_the_nearest_names",),
    "a budget is stored twice": ("a_name_in_both_is_a_problem_and_the_parameter_is_used",),
    "a part of `BudgetsObject` is invalid": ("an_unknown_key_is_a_problem_and_the_budgets_are_used",),
    "`BudgetsObject` cannot be read": ("an_unreadable_object_ends_no_alert_and_removes_no_budget",),
    "the account can use neither usage API": (
        "the_error_of_an_account_without_access_names_the_permission",
        "trap_7_an_account_that_is_not_covered_is_unknown_and_never_zero",
    ),
    "no mail address of the operations topic is confirmed for a day": (
        "alarms_that_reach_no_person_are_reported_once_after_a_day",
    ),
    "the price list of the installed version is older than 180 days": (
        "a_price_list_is_reported_once_a_month_after_180_days_without_a_comparison",
    ),
    "no digest was sent for more than two of its intervals": (
        "a_digest_that_stays_away_is_reported_once_and_its_return_too",
    ),
    "a budget was deleted": ("a_budget_that_was_deleted_is_reported_once",),
    "an account could not be read, or its alerts could not be sent, for more than 31 days": (
        "periods_that_passed_for_good_are_named_once",
        "periods_that_could_not_be_reported_for_a_month_are_named_with_both_causes",
    ),
    "a budget is malformed, or names no account although there are several": (
        "with_several_accounts_a_budget_must_name_its_own",
        "a_problem_is_reported_once_a_day",
    ),
    "the unit or currency of a budget differs from that of its usage": (
        "mixed_units_are_unknown_and_named",
        "mixed_currencies_are_unknown_and_named",
        "nothing_in_another_currency_alone_meets_no_limit_for_the_bill_will_be_in_that_one",
    ),
    "a budget counts quantities that cannot be added, such as a mean of daily peaks": (
        "trap_19_a_mean_of_daily_peaks_is_not_summed",
    ),
    "the scope of a budget matches no usage: unused, or misspelled": (
        "trap_24_slugs_are_compared_whole_and_an_unmatched_scope_is_reported",
    ),
    "an alerted threshold is removed from its budget": (
        "changed_thresholds_are_not_reported_as_usage_that_was_restated",
    ),
    "a muted budget exceeds its limit": (
        "a_muted_budget_reports_no_crossing",
        "twice_the_limit_is_reported_once_all_the_same",
        "a_muted_budget_says_so",
    ),
    "a mute is malformed": (
        "an_invalid_mute_is_a_problem_and_the_budget_alerts",
        "an_invalid_mute_is_named_with_the_right_form",
    ),
    "an own price is malformed": ("an_entry_that_is_refused_is_reported_once_a_day_and_prices_nothing",),
    "Cloudflare is down, slow, or rate-limiting": (
        "a_temporary_error_is_retried_at_most_twice_within_the_deadline",
        "a_retry_after_within_the_deadline_is_respected",
        "what_a_retry_can_fix_fails_the_run_after_all_other_work",
    ),
    "a token reads more accounts than Cloudflare's limit allows (1,200 requests in five minutes)": (
        "three_hourly_runs_leave_no_account_unread",
        "the_accounts_of_another_token_are_read_in_the_same_run",
    ),
    "Cloudflare returns a broken response": (
        "invalid_answers_are_errors",
        "a_row_without_what_every_row_needs_is_refused",
        "what_a_retry_can_fix_fails_the_run_after_all_other_work",
    ),
    "a response contains the token that was sent": (
        "an_echoed_credential_is_not_shown",
        "an_answer_that_quotes_the_secret_is_not_read",
    ),
    "no usage at all": (
        "in_the_first_two_days_of_a_period_missing_rows_are_not_reported",
        "no_rows_at_all_are_no_proof_of_no_usage",
    ),
    "usage is late, has a gap, loses a metric, shrinks, or contradicts its own totals": (
        "old_data_bars_the_all_clear_but_not_a_breach",
        "a_day_without_any_row_among_days_with_rows_is_missing",
        "a_metric_that_had_usage_and_vanished_is_doubtful",
        "a_total_of_settled_days_that_went_down_is_doubtful",
        "rows_that_contradict_their_running_totals_bar_the_all_clear_but_no_breach",
    ),
    "a metric vanishes, or usage shrinks, at the end of its month": (
        "a_month_that_is_over_is_doubted_for_as_long_as_it_is_evaluated",
        "a_doubt_about_a_month_that_is_over_names_it_and_leaves_the_new_one_alone",
    ),
    "usage of a month arrives after the month is over": (
        "the_month_before_is_alerted_when_its_last_days_arrive_late",
    ),
    "usage decreases after its alert was sent": (
        "usage_restated_downwards_does_not_report_the_lower_thresholds_afterwards",
        "usage_restated_downwards_resolves_what_was_reported",
    ),
    "the day of a spike arrives late, together with others": (
        "days_that_arrive_late_and_together_are_still_reported",
        "an_episode_of_several_days_is_one_message",
    ),
    "usage does not reach back to the start of a period": (
        "usage_that_does_not_reach_back_to_the_periods_start_proves_nothing",
        "a_breach_that_a_part_of_the_days_makes_certain_is_reported",
    ),
    "the days that only a forecast needs are unavailable": (
        "what_cloudflare_could_not_give_just_now_is_requested_in_the_next_run",
        "the_days_before_a_budgets_period_change_no_judgement",
    ),
    "fewer than four days are complete": ("thresholds_wait_for_four_days_and_the_reply_says_so",),
    "two subscriptions renew on different days": (
        "trap_14_subscriptions_with_different_anchors_are_each_read_in_their_own_cycles",
        "trap_14_subscriptions_with_different_anchors_are_separate_and_both_reported",
        "a_plan_without_usage_of_its_own_leaves_no_budget_unknown",
    ),
    "rows contain no billing cycle": ("rows_that_name_no_cycle_leave_the_billing_period_unknown",),
    "costs are missing": (
        "what_is_billed_counts_and_what_has_no_cost_is_estimated",
        "without_any_price_the_cost_is_not_known_rather_than_zero",
    ),
    "a correction of an earlier invoice has no cost": (
        "a_correction_that_lacks_its_cost_leaves_a_breach_reported_and_no_budget_met",
    ),
    "a metric has no price": ("a_metric_without_a_price_is_named_and_makes_the_estimate_a_lower_bound",),
    "another metric has no price, or the price of a fixed one is missing again": (
        "a_further_metric_is_reported_and_one_fewer_is_not",
        "what_was_called_gone_and_stays_is_reported_again_within_a_week",
    ),
    "Cloudflare bills a metric far below its list price": (
        "a_bill_far_below_list_prices_reports_no_budget_as_met_that_list_prices_would_break",
        "the_message_shows_both_figures_where_they_are_far_apart",
        "one_metrics_bill_does_not_hide_that_another_metric_is_billed_nothing",
        "a_growing_cost_difference_is_reported_at_each_threshold_once_and_ends_once",
    ),
    "a metric in an allowance budget has no known allowance": (
        "a_missing_allowance_is_reported_once_a_month",
        "what_is_not_known_of_one_metric_does_not_prevent_another_alert",
    ),
    "no subscription is confirmed": ("without_a_subscriber_alerts_are_held_and_the_run_does_not_fail",),
    "only machines have confirmed, and a mail address waits": (
        "machines_receive_alerts_and_do_not_count_while_the_only_address_waits",
    ),
    "the last subscriber leaves": (
        "missing_data_starts_the_heartbeat_alarm_and_no_other",
        "every_alarm_about_our_own_metrics_uses_a_metric_that_is_emitted",
    ),
    "an alert remains unsent over two checks": (
        "an_alert_that_two_checks_could_not_send_has_an_alarm",
        "without_a_subscriber_alerts_are_held_and_the_run_does_not_fail",
    ),
    "SNS cannot deliver a message to a subscriber": (
        "messages_that_sns_loses_have_an_alarm",
        "the_queue_receives_every_alert_with_its_subject_and_stores_undelivered_ones",
    ),
    "an alert is sent late, after its cause is gone": (
        "what_was_sent_late_ends_in_the_run_after_it_if_its_cause_is_gone",
    ),
    "an alert exceeds the size limit of SNS or of its row": (
        "a_document_that_is_too_long_is_sent_as_its_essence",
        "the_largest_alert_of_each_type_is_stored_and_sent_whole",
    ),
    "SNS rejects the format of a message": (
        "a_message_rejected_for_its_subject_is_sent_with_an_ascii_subject",
    ),
    "Slack is down, slow, or rate-limiting": (
        "a_slack_that_stays_out_of_order_is_tried_five_times",
        "a_wish_that_is_too_long_is_left_to_lambda",
        "an_alert_is_retried_for_half_a_day",
        "the_queue_receives_every_alert_with_its_subject_and_stores_undelivered_ones",
        "an_alert_that_slack_refuses_causes_one_alarm_within_forty_minutes",
        "an_alert_that_slack_delays_too_long_is_posted_by_a_later_run",
    ),
    "Slack rejects the format of a message": ("a_message_that_is_refused_is_posted_in_plain_words",),
    "the Slack webhook is revoked, its channel is gone, or its parameter contains no webhook URL": (
        "a_revoked_webhook_is_reported",
        "what_no_retry_fixes_is_reported_with_slacks_word_and_the_parameter",
        "an_invalid_webhook_url_is_refused_and_not_shown",
        "an_alert_that_slack_rejects_is_stored_and_posted_after_a_redrive",
    ),
    "alerts for Slack wait without an attempt": (
        "an_alert_for_slack_that_is_not_attempted_has_an_alarm",
        "an_alert_in_the_queue_that_no_attempt_receives_is_reported_after_half_an_hour",
    ),
    "the topic of the chat does not accept an alert": (
        "a_message_that_the_topic_rejects_is_left_to_lambdas_retries",
        "an_event_that_cannot_be_sent_to_the_chat_is_stored",
    ),
    "Amazon Q Developer drops a message": ("the_channel_subscribes_to_the_chat_topic_and_logs_errors",),
    "the report of a digest cannot be stored": (
        "a_store_that_fails_costs_the_link_alone_and_the_run_says_so",
    ),
    "Parameter Store does not respond": (
        "the_sweep_sends_what_is_owed_even_when_nothing_else_works",
        "an_invalid_answer_is_never_an_empty_configuration",
    ),
    "the alert table does not respond": ("without_memory_nothing_is_published",),
    "stored usage of earlier days cannot be read": (
        "a_history_that_cannot_be_read_fails_the_run_after_all_alerts_were_sent",
    ),
    "a row of the alert table is damaged or of another format": (
        "an_unreadable_state_of_an_account_delays_no_alert",
        "an_unreadable_state_of_runs_is_replaced_as_well",
    ),
    "a run ends between sending and recording an alert": (
        "an_alert_that_could_not_be_confirmed_is_repeated_when_its_lease_is_over",
        "a_second_attempt_is_marked_as_a_possible_repeat",
        "a_fault_at_any_call_loses_no_alert",
        "a_process_killed_at_any_instant_loses_no_alert",
    ),
    "a check is started twice, or two run at once": (
        "a_crossing_is_reported_once_however_often_the_check_runs",
        "another_run_waits_while_the_lease_lasts",
    ),
    "a check uses four fifths of its time": ("a_run_that_needs_four_fifths_of_its_time_has_an_alarm",),
    "checks are throttled, dropped, or wait for half an hour": (
        "each_function_has_every_alarm_under_the_condition_of_the_function",
    ),
    "a failed run cannot be stored in its queue": (
        "each_function_has_every_alarm_under_the_condition_of_the_function",
    ),
    "usage is older than `StaleAfterHours`, regardless of the budgets": (
        "usage_has_an_alarm_at_the_age_that_makes_budgets_unknown",
    ),
    "the time runs out before the last account": (
        "with_too_little_time_left_nothing_is_begun_and_the_run_says_so",
        "where_time_runs_out_the_next_run_begins",
    ),
    "a check or a digest cannot be started": (
        "each_schedule_retries_and_stores_events_it_could_not_deliver",
        "every_queue_has_an_alarm",
    ),
    "the digest does not arrive": (
        "a_run_that_failed_on_every_attempt_is_stored",
        "each_function_has_an_alarm_about_its_errors",
        "a_digest_is_a_check_as_well",
    ),
    "the schedule stops": ("missing_data_starts_the_heartbeat_alarm_and_no_other",),
    "the ping to the outside fails": ("a_ping_that_fails_fails_no_run_and_is_logged",),
}
