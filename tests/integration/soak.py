"""Two supervised workers under kill -9 in a loop; ends exact or says what is not.

Exact is more than the oracle's word for it: the caps of each person are counted anew, no offer is
doubled, and subscribers that read along show what the offer topics come to and nothing that ended.

`python -m tests.integration.soak --seconds 120 --rate 2000 --seed 1` prints the figures.
"""

import argparse
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.channel.refolding import read, told_wrong
from tests.integration.broker import Broker
from tests.integration.checks import complain
from tests.integration.contacts import Count, tight_offers, too_many
from tests.integration.followed import Followed, followed
from tests.integration.scene import Figures, Scene
from tests.integration.subscribers import Subscriber

PAUSE_S = (1.5, 5.0)  # between two kills: within a start, a restore, or full work
FOLLOWED = ("web", "app")


class Killed(NamedTuple):
    """How often workers were killed under how much load, and what it came to."""

    kills: int
    seconds: float
    drain_seconds: float
    figures: Figures


class Soak(NamedTuple):
    """What a soak did and what it came to."""

    kills: int
    seconds: float
    drain_seconds: float
    figures: Figures
    contacts: Count
    followed: dict[str, Followed]


def soak(scene: Scene, *, seconds: float, rate: int, seed: int) -> Soak:
    """Make topics, feed `rate` records a second and kill workers for `seconds`, compare everything.

    Raises:
        AssertionError: naming every guarantee that is broken.
    """
    offers = scene.directory / "offers"
    policy = tight_offers(offers)
    scene.settings = {"offers_dir": str(offers)}
    scene.create_topics()
    done, subscribers = killed(scene, seconds=seconds, rate=rate, seed=seed, channels=FOLLOWED)
    kept = scene.kept()
    contacts = too_many(kept, policy)
    log = read(one.value for one in kept.outputs if one.topic.startswith("offer."))
    found = {one.channel: followed(one, log) for one in subscribers}
    shown = {f"shown on {name}": each.problems for name, each in found.items()}
    complain({"caps": contacts.problems, "offer topics": told_wrong(log), **shown})
    return Soak(*done, contacts, found)


def killed(
    scene: Scene, *, seconds: float, rate: int, seed: int, channels: Sequence[str] = ()
) -> tuple[Killed, list[Subscriber]]:
    """The same with the offers and topics that `scene` has; subscribers of `channels` read it.

    Raises:
        AssertionError: naming every guarantee that is broken.
    """
    draw = Random(seed)
    workers = [scene.worker("worker-1"), scene.worker("worker-2")]
    scene.wait_owners(*workers)
    subscribers = [scene.subscriber(channel) for channel in channels]
    feed = scene.feed(seed, rate=rate, subjects=2_000).start()
    began, kills = time.monotonic(), 0
    while (left_s := began + seconds - time.monotonic()) > 0:
        time.sleep(min(left_s, draw.uniform(*PAUSE_S)))
        kills += draw.choice(workers).kill9_if_running()
    fed_s = time.monotonic() - began
    feed.stop()
    drain_s = scene.drain(120)
    return Killed(kills, fed_s, drain_s, scene.finish()), subscribers


def main(argv: list[str] | None = None) -> int:
    """Run one soak on a broker of its own and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.integration.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--rate", type=int, default=2_000, help="records a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--partitions", type=int, default=4)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="soak-") as temporary:
        broker = Broker(Path(temporary) / "kafka")
        broker.start()
        scene = Scene(
            bootstrap=broker.bootstrap,
            prefix=f"soak-{uuid.uuid4().hex[:8]}-",
            directory=Path(temporary),
            partitions=args.partitions,
        )
        try:
            done = soak(scene, seconds=args.seconds, rate=args.rate, seed=args.seed)
        except AssertionError as error:
            print(f"seed {args.seed}: NOT EXACT\n{error}")
            return 1
        finally:
            scene.close()
            broker.remove()
    print(f"seed {args.seed}: exact")
    print(f"  kills        {done.kills} in {done.seconds:.0f} s")
    print(f"  drained in   {done.drain_seconds:.1f} s after the load ended")
    print(f"  records      {done.figures.records} ({done.figures.units} units)")
    print(f"  outcomes     {done.figures.outcomes}")
    print(f"  offers       {sum(done.figures.offers.values())} {done.figures.offers}")
    print(f"  contacts     {done.contacts.issues}, {done.contacts.full} filled a cap of a day")
    for channel, one in done.followed.items():
        print(
            f"  {channel:12} asked {one.asked}, shown {one.open}, withdrawn {one.withdrawn}, "
            f"superseded {one.superseded}, expired {one.expired}"
        )
    print(f"  decisions    {done.figures.decisions}")
    print(f"  dead letters {done.figures.dead_letters}, profiles {done.figures.rows}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
