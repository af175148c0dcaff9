"""The policy as settings name it: offer catalogue, contact policy and lexicon, from their files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from streams.codec.catalogue import load_policy
from streams.codec.lexicon import load_lexicon
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.core.offers import Policy, with_products
from streams.core.words.lexicon import Lexicon

SCENARIOS = ".scenario.yaml"
"""How names of files with scenarios end; they lie beside the offers that they try."""


def read_policy(settings: Settings) -> Policy:
    """The policy in the YAML files of `offers_dir`, which hears by those of `lexicon_dir`.

    Raises:
        ConfigError: naming file and line of every problem.
    """
    return read_directory(settings.offers_dir, settings, read_lexicon(settings))[1]


def read_directory(
    directory: Path,
    settings: Settings,
    lexicon: Lexicon,
    products: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], Policy]:
    """The offer files of `directory`, and the policy that they make.

    Scenarios beside them are no offer files. With `products`, item -> its currency, every product
    that an offer names must be one of them.

    Raises:
        ConfigError: naming file and line of every problem.
    """
    files = _texts(directory, "offers", "STREAMS_OFFERS_DIR")
    policy = load_policy(
        files, lateness_max_ms=settings.lateness_max_ms, lexicon=lexicon, products=products
    )
    return files, policy


def read_lexicon(settings: Settings) -> Lexicon:
    """The words in the YAML files of `lexicon_dir`.

    Raises:
        ConfigError: naming file and line of every problem.
    """
    return load_lexicon(_texts(settings.lexicon_dir, "lexicon", "STREAMS_LEXICON_DIR"))


def published_policy(files: Mapping[str, str], version: str, policy: Policy) -> Policy:
    """The policy of the published `version`, with words, products, model and lifts of `policy`.

    It keeps the name that it was published under, as every worker and every tool must.

    Raises:
        ConfigError: this release does not read the files, naming file and line.
    """
    fold = policy.fold
    found = load_policy(files, lateness_max_ms=fold.lateness_max_ms, lexicon=fold.lexicon)
    return replace(
        with_products(found, fold.products),
        policy_version=version,
        model=policy.model,
        acceptance=policy.acceptance,
        stock=policy.stock,
    )


def _texts(directory: Path, what: str, variable: str) -> dict[str, str]:
    """The files of `directory`, name -> text; at least one."""
    remedy = f"name the directory of the {what} files, or set {variable} to it"
    if not directory.is_dir():
        got = f"found none; {remedy}"
        if directory.exists():
            got = f"got a file; name its directory, {directory.parent}"
        raise ConfigError(problems=[f"{what} directory {directory}: expected a directory, {got}"])
    paths = [one for one in sorted(directory.glob("*.yaml")) if not one.match(f"*{SCENARIOS}")]
    problems: list[str] = []
    texts = [(one.name, text_of(one, problems)) for one in paths]
    files = {name: text for name, text in texts if text is not None}
    if problems:
        raise ConfigError(problems=problems)
    if not files:
        problem = f"{what} directory {directory}: expected *.yaml files, found none; {remedy}"
        raise ConfigError(problems=[problem])
    return files


def text_of(path: Path, problems: list[str]) -> str | None:
    """What the file says; None after it was reported to be unreadable, or not to be text."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        problems.append(f"{path} cannot be read: {error.strerror}; mend it, or take it away")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        what = f"expected UTF-8, got the byte 0x{error.object[error.start]:02x}; save it as UTF-8"
        problems.append(f"{path}:{line}: {what}")
    return None
