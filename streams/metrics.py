"""Every Prometheus metric of the worker, and nothing else.

Base units, labels from closed sets, nothing per customer.
"""

from prometheus_client import Counter, Gauge, Histogram

# Buckets follow what was measured: a commit takes 10 to 15 ms, an offer 12 to 120.
LATENCY_BUCKETS = (
    0.005,
    0.01,
    0.02,
    0.03,
    0.05,
    0.075,
    0.1,
    0.15,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
)
COMMIT_BUCKETS = (0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0, 60.0)

EVENTS_TOTAL = Counter(
    "streams_events_total",
    "Events committed, by source topic and outcome "
    "(applied, duplicate, late, dead_lettered, forwarded, exchanged).",
    ["topic", "outcome"],
)
DEAD_LETTERS_TOTAL = Counter(
    "streams_dead_letters_total",
    "Records sent to a dead-letter topic, by source topic and reason "
    "(undecodable, schema, oversized, keyless, key, envelope, future, hops).",
    ["topic", "reason"],
)
OFFERS_TOTAL = Counter(
    "streams_offers_total",
    "Offer messages committed, by channel (email, web, app, store, contact-centre, social) "
    "and action (issue, supersede, withdraw).",
    ["channel", "action"],
)
IDENTITY_TOTAL = Counter(
    "streams_identity_total",
    "Claims about who a subject is, by verdict (linked, confirmed, passed_on, shared, full, "
    "unlinked, refused, older, erased).",
    ["verdict"],
)
FORWARDS_TOTAL = Counter(
    "streams_forwards_total",
    "Events sent on to another subject's partition, by hops, the links followed so far (1, 2, 3; "
    "0: sent back to its own).",
    ["hops"],
)
DECISIONS_TOTAL = Counter(
    "streams_decisions_total",
    "Decisions committed, by result (offer, silence, holdout).",
    ["result"],
)
TRIALS_TOTAL = Counter(
    "streams_trials_total",
    "Offers whose time is over, by what it was a trial of (offered, anyway) and whether it was "
    "taken (yes, no).",
    ["of", "taken"],
)
CALIBRATION_TRIALS_TOTAL = Counter(
    "streams_calibration_trials_total",
    "Offers whose time is over, by channel (holdout: purchases without an offer), by the chance "
    "that catalogue and context gave it (upper end of one of ten bands) and whether it was taken "
    "(yes, no).",
    ["channel", "chance", "taken"],
)
CALIBRATION_PREDICTED_TOTAL = Counter(
    "streams_calibration_predicted_total",
    "How many of the offers whose time is over were predicted to be taken by what was learned: the "
    "sum of their chances, by channel and chance as before.",
    ["channel", "chance"],
)
GATES_TOTAL = Counter(
    "streams_gates_total",
    "Candidates stopped, by the first gate that failed (a closed set, see core.decide).",
    ["gate"],
)
RULES_TOTAL = Counter(
    "streams_rules_total",
    "Candidates stopped by a rule of the catalogue's own, by rule: the first 100 names that a "
    "worker met, and other.",
    ["rule"],
)
SHADOW_DECISIONS_TOTAL = Counter(
    "streams_shadow_decisions_total",
    "Decisions of the candidate policy beside the live one, by what it made of the same view "
    "(same: the same offer, words, price and channel, or silence; different; raised: it failed, or "
    "could not be read).",
    ["made"],
)
LIMIT_TOKENS_TOTAL = Counter(
    "streams_limit_tokens_total",
    "Tokens of limits that all customers share, by limit (stock: pieces, budget: minor units, "
    "capacity: contacts) and event (leased to a partition, taken by an offer, given_back as it "
    "ended, returned to the home, unused or never_leased as a window ended).",
    ["limit", "event"],
)
EVENT_TO_OFFER_SECONDS = Histogram(
    "streams_event_to_offer_seconds",
    "From the broker's append time of the cause to the commit of its offer.",
    buckets=LATENCY_BUCKETS,
)
WITHDRAWALS_TOTAL = Counter(
    "streams_withdrawals_total",
    "Open offers withdrawn because of what concerns everybody, by cause "
    "(catalogue: no longer offered, stock: out of stock).",
    ["cause"],
)
TIMERS_TOTAL = Counter(
    "streams_timers_total",
    "Timer rows that came due and were committed, by kind "
    "(expiry, cart_abandoned, lapsing, rhythm_due, quiet_over; moved: nothing was due yet).",
    ["kind"],
)
TIMER_DELAY_SECONDS = Histogram(
    "streams_timer_delay_seconds",
    "From the time a timer was due, or its partition was ready, to the commit of what it did.",
    buckets=LATENCY_BUCKETS,
)
TRANSACTION_SECONDS = Histogram(
    "streams_transaction_seconds",
    "Duration of the commit of one unit of work.",
    buckets=COMMIT_BUCKETS,
)
TRANSACTION_EVENTS = Histogram(
    "streams_transaction_events",
    "Events in one unit of work.",
    buckets=(1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000),
)
LAG_RECORDS = Gauge(
    "streams_lag_records",
    "Records between the committed position and the log end, by topic and partition.",
    ["topic", "partition"],
)
LOST_RECORDS_TOTAL = Counter(
    "streams_lost_records_total",
    "Records that retention deleted before they were folded, by topic.",
    ["topic"],
)
RESTORE_PROGRESS_RATIO = Gauge(
    "streams_restore_progress_ratio",
    "Share of the changelog read by a running restore, 1 when the partition is ready.",
    ["partition"],
)
RESTORED_ROWS_TOTAL = Counter(
    "streams_restored_rows_total",
    "Rows read from the changelog into the table.",
)
TABLE_ROWS = Gauge(
    "streams_table_rows",
    "Estimated rows of the profile table on this worker, by partition.",
    ["partition"],
)
PARTITIONS_READY = Gauge(
    "streams_partitions_ready",
    "Partitions of this worker that are restored and folding.",
)
REBALANCES_TOTAL = Counter(
    "streams_rebalances_total",
    "Rebalances seen, by kind (assigned, revoked); losing partitions ends the process.",
    ["kind"],
)
REFERENCE_RECORDS_TOTAL = Counter(
    "streams_reference_records_total",
    "Records read from reference topics, by topic and outcome (kept, removed, refused).",
    ["topic", "outcome"],
)
REFERENCE_MISSING_ROWS = Gauge(
    "streams_reference_missing_rows",
    "Rows that the version put in force still lacks and so is not adopted, by reference topic.",
    ["topic"],
)
ADOPTIONS_TOTAL = Counter(
    "streams_adoptions_total",
    "Versions adopted by this worker since its start, by reference topic (decision.shadow.v1: a "
    "version of the offers that began or ended to decide beside the live one).",
    ["topic"],
)
LEARNED_DRIFT_RATIO = Gauge(
    "streams_learned_drift_ratio",
    "How far the lift of an offer moved with the adopted snapshot of what outcomes taught: the "
    "largest ratio to the one before, at least 1; 0 until one was adopted.",
)
CHANNEL_MESSAGES_TOTAL = Counter(
    "streams_channel_messages_total",
    "Offer messages a subscriber read, by change to its open offers "
    "(opened, closed, unchanged, expired, dropped, refused).",
    ["change"],
)
CHANNEL_BOOK_ROWS = Gauge(
    "streams_channel_book_rows",
    "Offers a subscriber holds in memory, open ones and those that ended of late.",
)
CHANNEL_DROPPED_ROWS = Gauge(
    "streams_channel_dropped_rows",
    "Offers a subscriber forgot early since its start, for want of room.",
)
CHANNEL_REBUILD_SECONDS = Gauge(
    "streams_channel_rebuild_seconds",
    "How long a subscriber read the log at its start until it answered; 0 while it reads.",
)
CHANNEL_ANSWER_SECONDS = Histogram(
    "streams_channel_answer_seconds",
    "From reading a best-offer request to its answer, inside a subscriber.",
    buckets=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 1.0),
)
CHANNEL_ANSWERS_TOTAL = Counter(
    "streams_channel_answers_total",
    "Best-offer requests a subscriber answered, by result (offer, none, refused, not_ready).",
    ["result"],
)
CHANNEL_OUTCOMES_TOTAL = Counter(
    "streams_channel_outcomes_total",
    "Outcomes reported through a subscriber, by result (acknowledged, refused, unacknowledged).",
    ["result"],
)
