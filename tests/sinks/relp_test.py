"""The sink "syslog" over RELP, against a receiver that refuses messages."""
import collections

from harness import check, wait_until
from servers.relp import Relp
from trial import Journal, ids_in


def settle(world, journal, receiver, config):
    """Time passes until each event was taken or is a dead letter. How many letters there are."""
    def done():
        world.pass_time(400)
        return len(set(receiver.accepted)) + world.status(config)["journal"]["dead_letters"] >= len(journal.expected())

    def standing():
        delivery = next(one for one in world.status(config)["deliveries"] if one["name"] == "trial/trial")
        return (f"all is settled: {len(set(receiver.accepted))} of {len(journal.expected())} were taken, "
                f"refused {collections.Counter(receiver.refused)}; {delivery}")

    wait_until(done, standing)
    return world.status(config)["journal"]["dead_letters"]


def refused_by(receiver, names, times):
    """Refuses these events, each so often."""
    def refuses(message):
        name = ids_in(message)[0]
        return name in names and receiver.refused.count(name) < times

    return refuses


def some_of_a_page(world):
    """Three events that lie in one page with others: a batch of which all is refused would be the sink's fault and not theirs. The last
    page of that stream has seven."""
    return ids_in((world.output / "acme" / "siem.ndjson").read_bytes())[-3:]


def delivered(world, receiver, times, more=""):
    """What was refused how often, and the dead letters, if three events are refused so often behind an outage of twelve tries."""
    world.use_clock(rate=1.0)
    journal = Journal(world, events=60)
    receiver.refuses, receiver.turns_away = refused_by(receiver, some_of_a_page(world), times), 12
    config = journal.config(f'sink "trial" {{ type = "syslog", target = "{receiver.target}", max_size = "64KiB"{more} }}')
    daemon = world.daemon(config)
    daemon.wait_until_running()
    wait_until(lambda: world.pass_time(400) or not receiver.turns_away, "the outage is over")
    letters = settle(world, journal, receiver, config)
    daemon.stop()
    again = sum(count - 1 for count in collections.Counter(receiver.accepted).values())
    check(not again, f"{again} came again")
    return sorted(collections.Counter(receiver.refused).values()), letters


def test_an_outage_is_no_refusal(world):
    with Relp() as receiver:
        check(delivered(world, receiver, 1) == ([1, 1, 1], 0), f"{collections.Counter(receiver.refused)}")


def test_what_is_refused_ten_times_is_a_dead_letter(world):
    with Relp() as receiver:
        check(delivered(world, receiver, 100) == ([10, 10, 10], 3), f"{collections.Counter(receiver.refused)}")


def test_how_often_it_may_refuse_is_an_option(world):
    with Relp() as receiver:
        check(delivered(world, receiver, 100, ", refusals = 3") == ([3, 3, 3], 3), f"{collections.Counter(receiver.refused)}")
