"""Why a gate stops an offer, in words for care staff."""

from streams.core.decide.record import Gate

GATES: dict[str, str] = {
    Gate.NOT_YET_VALID: "it had not begun",
    Gate.NO_LONGER_VALID: "it had ended",
    Gate.OUTLET: "it is for other outlets",
    Gate.SOLD_OUT: "no piece of it was left",
    Gate.BUDGET: "its budget was used up",
    Gate.CAPACITY: "all contacts by this channel were taken",
    Gate.BID_PRICE: "it was worth less than a contact by this scarce channel cost then",
    Gate.OUT_OF_STOCK: "what it sells was out of stock",
    Gate.CONSENT: "there was no consent",
    Gate.OWNED: "they own it already",
    Gate.JUST_BOUGHT: "they had just bought it",
    Gate.STAGE: "it is for customers at another stage",
    Gate.NO_PRICE: "its price was unknown, or nothing would have been left to pay",
    Gate.OPEN_COMPLAINT: "a complaint was open",
    Gate.REJECTED: "they had said no to it",
    Gate.SUPPRESSED: "they never want it",
    Gate.CAP: "they had been contacted often enough",
    Gate.SPACING: "the last contact was too recent",
    Gate.QUIET_HOURS: "it was in quiet hours",
    Gate.OPEN_OFFERS: "too many offers were open",
    Gate.BELOW_BAR: "it was worth too little",
    Gate.RULE: "a rule of its own was not met",
}


def gate_words(gate: str | None) -> str:
    """Why a gate stops an offer; one that is new here, by its own word."""
    return GATES.get(gate or "", str(gate))
