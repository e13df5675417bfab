//! Test cases that every engine must pass, one topic per file.

pub mod batches;
pub mod cancelled;
pub mod closing;
pub mod counts;
pub mod covers;
pub mod expiry;
pub mod guards;
pub mod kinds;
pub mod logs;
pub mod numbers;
pub mod order;
pub mod ranges;
pub mod rivals;
pub mod scope;
pub mod soft_delete;
pub mod spans;
pub mod tallies;
pub mod timelines;
pub mod unique;
pub mod upserts;
pub mod versions;
pub mod watching;
pub mod work;

/// Creates one `#[tokio::test]` per test case. `$world` is an async function without parameters
/// that creates a separate world for each test.
#[macro_export]
macro_rules! conformance_tests {
    ($world:path) => {
        $crate::stories! { $world;
            batches {
                all_or_nothing, a_later_write_sees_the_earlier, the_first_failing_write_is_named,
                a_place_is_migrated_twice_without_harm,
            }
            cancelled { a_dropped_append_is_still_whole, a_dropped_commit_is_still_whole }
            counts { counting_stops_at_the_cap, residues_are_left_out, short_spans_are_counted_like_long_ones, many_spans_are_one_statement }
            covers { fields_come_from_the_index, what_the_keys_do_not_tell_is_refused }
            expiry { an_expired_document_is_not_seen, the_expired_are_found_earliest_first, an_ephemeral_document_expires }
            guards {
                a_guard_sees_what_came_since, none_stands_after_a_removal, a_guard_far_behind_looks_again,
                writes_beside_a_record_get_its_number, a_failing_write_beside_keeps_the_record_out,
            }
            kinds { every_kind_comes_back_as_it_was, absent_stays_absent, a_field_is_cleared }
            logs {
                parallel_appends_are_dense, a_sender_keeps_its_order, a_retry_answers_the_stored_record,
                retries_at_once_give_one_record, time_never_goes_back, heads_are_told_with_what_is_shown,
                logs_do_not_touch_each_other,
            }
            numbers { a_quota_holds_under_a_race, those_who_add_to_one_number_all_get_their_turn, an_increment_leaves_the_version_alone, a_raise_never_lowers }
            order {
                absent_comes_first_and_ties_go_by_id, pages_join_to_the_whole_list, ranges_keep_their_bounds,
                one_of_several_values, every_kind_has_its_order,
            }
            ranges {
                a_range_goes_in_bounded_parts, the_hidden_go_too_and_free_their_keys, a_failed_batch_leaves_the_range,
            }
            rivals {
                two_sequencers_write_one_dense_log, rivals_agree_on_retries, a_removal_by_a_rival_is_seen,
            }
            scope {
                anothers_document_is_not_there, anothers_document_cannot_be_written, keys_are_unique_per_tenant,
                anothers_log_is_not_there, the_platform_has_its_own_documents,
            }
            spans { documents_of_many_spans, a_document_of_two_spans_comes_once, many_spans_are_one_list }
            soft_delete { a_deleted_document_is_out_of_sight, a_deleted_document_is_restored, a_log_keeps_its_tombstones }
            tallies { each_value_is_counted, groups_end_at_their_number, what_is_out_of_sight_is_not_counted }
            timelines {
                what_came_since_comes_along, more_than_was_known_is_said, dense_or_not_a_part_is_the_same,
                parts_asked_for_at_once_are_each_their_own,
            }
            unique {
                a_taken_key_is_named, absent_keys_do_not_meet, an_update_meets_a_taken_key,
                a_deleted_document_keeps_its_key, a_removed_document_frees_its_key,
            }
            upserts { the_second_changes_the_first, a_race_gives_one_document, another_index_is_in_the_way }
            work { the_due_are_found_earliest_first, what_a_process_writes_is_on_its_agenda }
            versions { a_change_raises_the_version, another_version_is_stale, a_field_is_expected, the_missing_is_stale }
            watching { a_growing_log_is_told, a_watched_write_is_told, a_failed_write_is_not_told }
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn what_waits_is_written_and_then_nothing_more() {
            let story = $crate::cases::closing::what_waits_is_written_and_then_nothing_more;
            $crate::run_once($world().await, story).await;
        }
    };
}

/// Creates the tests of [`conformance_tests`](crate::conformance_tests).
#[doc(hidden)]
#[macro_export]
macro_rules! stories {
    ($world:path; $($topic:ident { $($story:ident),+ $(,)? })+) => {$(
        $crate::stories! { @topic $world; $topic $($story)+ }
    )+};
    (@topic $world:path; $topic:ident $($story:ident)+) => {
        mod $topic {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                $crate::run_in_each_isolation($world().await, $crate::cases::$topic::$story).await;
            })+
        }
    };
}
