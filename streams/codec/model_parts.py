"""What the parts of `model.snapshot.v1` hold, and which fields of the model that is."""

from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import astuple

from streams.core.kinds.bounds import END
from streams.core.model import CategoryModel, Model, PurchaseModel, SpendModel

Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Positive: TypeAlias = Annotated[float, Meta(gt=0)]


class Part(Struct, frozen=True, kw_only=True):
    """One part of one version; `content` is read by the part's name."""

    version: str
    valid_from: str
    part: str
    fitted_until: str
    content: msgspec.Raw


class Pointer(Struct, frozen=True, kw_only=True):
    """The version in force, and how many rows it has."""

    version: str
    valid_from: str
    rows_count: Annotated[int, Meta(ge=1)]


class BgNbd(Struct, frozen=True):
    """Parameters of BG/NBD; time is in weeks."""

    r: Positive
    alpha: Positive
    a: Positive
    b: Positive


class GammaGamma(Struct, frozen=True):
    """Parameters of Gamma-Gamma; `gamma` is in minor units."""

    p: Positive
    q: Positive
    gamma: Positive


class Category(Struct, frozen=True):
    """How one category is bought."""

    share: Share
    buyers: Share
    promoted: Share
    interval_days: Annotated[float, Meta(ge=0)]
    interval_cv: Annotated[float, Meta(ge=0)]
    dropout: Share


class Purchases(Struct, frozen=True):
    """Part `purchases`: who comes back; `one_time` is (weeks, share that never does)."""

    bg_nbd: BgNbd | None = None
    one_time: list[tuple[float, Share]] = []


class Spend(Struct, frozen=True):
    """Part `spend`: what they pay, and what is left of it."""

    currency: Annotated[str, Meta(pattern=rf"^([A-Z]{{3}})?{END}")] = ""
    gamma_gamma: GammaGamma | None = None
    margin_share: Annotated[float, Meta(le=1)] | None = None
    clv_median_minor: float | None = None


class Categories(Struct, frozen=True):
    """Part `categories`."""

    categories: dict[str, Category] = {}


class GoesWith(Struct, frozen=True):
    """Parts `goes-with` (categories) and `attributes-go-with` (traits): name -> name -> lift."""

    lifts: dict[str, dict[str, Annotated[float, Meta(ge=0)]]] = {}


class Rankings(Struct, frozen=True):
    """Part `rankings`: ranking -> ascending percentiles, two values at least."""

    quantiles: dict[str, Annotated[list[float], Meta(min_length=2)]] = {}


class InfluenceRanks(Struct, frozen=True):
    """Part `influence`: subject or handle -> PageRank."""

    ranks: dict[str, Share] = {}


Content: TypeAlias = Purchases | Spend | Categories | GoesWith | Rankings | InfluenceRanks
CONTENTS: dict[str, type[Content]] = {
    "purchases": Purchases,
    "spend": Spend,
    "categories": Categories,
    "goes-with": GoesWith,
    "attributes-go-with": GoesWith,
    "rankings": Rankings,
    "influence": InfluenceRanks,
}


def contents(model: Model) -> dict[str, Content]:
    """Part -> what it holds of `model`, every part of `CONTENTS`."""
    purchase, spend = model.purchase, model.spend
    return {
        "purchases": Purchases(
            bg_nbd=None if purchase is None else BgNbd(*astuple(purchase)),
            one_time=list(model.one_time),
        ),
        "spend": Spend(
            currency=model.currency,
            gamma_gamma=None if spend is None else GammaGamma(*astuple(spend)),
            margin_share=model.margin_share,
            clv_median_minor=model.clv_median_minor,
        ),
        "categories": Categories(
            {name: Category(*astuple(one)) for name, one in model.categories.items()}
        ),
        "goes-with": GoesWith(model.goes_with),
        "attributes-go-with": GoesWith(model.attributes_go_with),
        "rankings": Rankings({name: list(one) for name, one in model.quantiles.items()}),
        "influence": InfluenceRanks(model.influence),
    }


def fields_of(name: str, content: Content | None) -> dict[str, Any]:
    """The fields of `Model` that the part `name` holds; none for a part that is not ours."""
    found: dict[str, Any] = {}
    match content:
        case Purchases():
            model = content.bg_nbd
            found["purchase"] = None if model is None else PurchaseModel(*astuple(model))
            found["one_time"] = tuple(content.one_time)
        case Spend():
            spend = content.gamma_gamma
            found["spend"] = None if spend is None else SpendModel(*astuple(spend))
            found["currency"] = content.currency
            found["margin_share"] = content.margin_share
            found["clv_median_minor"] = content.clv_median_minor
        case Categories():
            categories = content.categories.items()
            found["categories"] = {name: CategoryModel(*astuple(one)) for name, one in categories}
        case GoesWith():
            found[name.replace("-", "_")] = content.lifts
        case Rankings():
            found["quantiles"] = {name: tuple(one) for name, one in content.quantiles.items()}
        case InfluenceRanks():
            found["influence"] = content.ranks
    return found
