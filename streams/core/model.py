"""What was learned from the whole population: the prior against which one customer is read.

A model is fitted offline (`streams fit`), published in parts as `model.snapshot.v1` and never
changed once it has a version. Shares and rates lie in [0, 1]. A part that could not be learned is
empty or None: whoever reads it then says "unknown" instead of guessing.
"""

from msgspec import Struct

PAIRS_MAX = 20  # partners kept of a category or attribute, the strongest first
INFLUENCE_MAX = 1_000  # subjects kept with their rank, the highest first
PERCENTILES = 101  # values kept of a ranking: the minimum, 99 percentiles and the maximum
RANKINGS = ("frequency", "revenue", "profit", "influence", "growth", "recency")
"""What customers are ranked by; `Model.quantiles` has their values over the population."""


class CategoryModel(Struct, frozen=True, gc=False):
    """How customers buy one category."""

    share: float
    """Its part of all purchase lines, in [0, 1]."""
    buyers: float
    """Customers who ever bought it, as a share of all, in [0, 1]."""
    promoted: float
    """Its lines that were bought at a discount, in [0, 1]."""
    interval_days: float
    """Mean days between two purchase days of one customer; 0 when nobody came back."""
    interval_cv: float
    """Coefficient of variation of that interval within one customer, pooled; 0 as above."""
    dropout: float
    """Chance that a customer dropped the category after a purchase, in [0, 1]."""


class PurchaseModel(Struct, frozen=True, gc=False):
    """BG/NBD: purchase rates are Gamma(r, alpha) a week, dropout chances are Beta(a, b).

    Source: Fader, Hardie & Lee, "Counting Your Customers" the Easy Way, Marketing Science 24(2),
    2005.
    """

    r: float
    alpha: float
    a: float
    b: float


class SpendModel(Struct, frozen=True, gc=False):
    """Gamma-Gamma: the value of a purchase is Gamma(p, nu), nu is Gamma(q, gamma).

    `gamma` is in the unit of the values it was fitted on: minor units of `Model.currency`.

    Source: Fader & Hardie, The Gamma-Gamma Model of Monetary Value, 2013,
    http://www.brucehardie.com/notes/025/gamma_gamma.pdf
    """

    p: float
    q: float
    gamma: float


class Model(Struct, frozen=True):
    """What was learned from the population until `fitted_until_ms`; `NO_MODEL` knows nothing."""

    version: str = ""
    fitted_until_ms: int = 0
    """Event time; no later event was used."""
    currency: str = ""
    """Of every amount of money below; empty when none was seen."""
    categories: dict[str, CategoryModel] = {}
    purchase: PurchaseModel | None = None
    spend: SpendModel | None = None
    margin_share: float | None = None
    """Margin as a share of what was paid, at most 1; None when no line said what it cost."""
    goes_with: dict[str, dict[str, float]] = {}
    """Category -> category of the same basket -> lift shrunk towards 1; `PAIRS_MAX` each."""
    attributes_go_with: dict[str, dict[str, float]] = {}
    """Product trait -> trait of another product of the same basket -> lift, as above."""
    quantiles: dict[str, tuple[float, ...]] = {}
    """Name of a ranking -> its `PERCENTILES` values over customers, ascending."""
    one_time: tuple[tuple[float, float], ...] = ()
    """(weeks since the first purchase, share of those not back by then who never came back)."""
    influence: dict[str, float] = {}
    """Subject or handle -> PageRank over who repeats whom; `INFLUENCE_MAX` of the highest."""
    clv_median_minor: float | None = None
    """Median customer lifetime value of the population, over the default horizon."""


NO_MODEL = Model()
