"""The draw of a logged decision: which part of [0, 1) it fell into."""

from streams.core.decide.record import DecisionRecord


def interval_of(record: DecisionRecord) -> tuple[float, float]:
    """From the first draw that takes what this one took to the first after them.

    Silence lies at the upper end of [0, 1). The last of the candidates also takes what rounding
    leaves between it and silence.
    """
    chosen = record.chosen
    if chosen is None:
        return 1.0 - record.silence_propensity, 1.0
    return chosen.drawn_from, max(chosen.drawn_from + chosen.propensity, record.draw)
