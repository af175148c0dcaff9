"""What an answer is about, in sentences for whoever gives it."""

from collections.abc import Iterator

from streams.cli.words import age, utc
from streams.core.decide.record import Answer, Context


def answer_lines(answer: Answer, now_ms: int) -> Iterator[str]:
    """How urgent it is, when it is due, and what to know; ages as of `now_ms`."""
    yield (
        f"Urgency {answer.urgency.value} (score {answer.score:.2f}); "
        f"to be answered by {utc(answer.due_at_ms)}."
    )
    context = answer.context
    waits = f"{context.waiting} more wait" if context.waiting else "nothing else waits"
    began = age(now_ms - context.since_ms)
    yield f"It is about {_about(context)}, {_ago(began)}; {waits}."
    if context.complaints_before:
        yield f"Complaints before: {context.complaints_before}."
    if context.balance is not None:
        yield f"Of what they went through with us, {context.balance:.0%} was good."
    if context.last_purchase_ms is not None:
        yield f"They last bought something {_ago(age(now_ms - context.last_purchase_ms))}."


def answer_mark(answer: Answer) -> str:
    """The same in a few words, for one line."""
    return f"{answer.urgency.value}, due {utc(answer.due_at_ms)}, {_about(answer.context)}"


def _ago(span: str) -> str:
    return "just now" if span == "now" else f"{span} ago"


def _about(context: Context) -> str:
    named = [context.reason, *context.topics, context.item_id]
    told = ", ".join(one for one in named if one)
    return f"{context.about} ({told})" if told else context.about
