"""The sink cortex: a collector that takes packed bodies alone, or none of them, and may say no with 200."""
from declare import declare, deliver, ids_of, troubles
from harness import check
from servers.cortex import Cortex
from trial import STAMP, trial

KEY = {"token": "hush"}


def url_of(receiver):
    return f"{receiver.url}/logs/v1/event"


def test_bodies_of_every_size_are_packed_as_the_collector_wants_them(world):
    for compression, wanted in (("gzip", "gzip"), ("none", "uncompressed")):
        with world.another() as other:
            receiver = Cortex(compression=wanted)
            deliver(other, "cortex", KEY, script=STAMP, url=url_of(receiver), compression=compression, max_events=1, events=60)
            found = ids_of(receiver)
            check(len(found) > 30 and len(found) == len(set(found)), f"{len(found)} events, {len(set(found))} different")
            check(min(len(request.body) for request in receiver.requests) < 1024, "no small body was sent")
            check(not receiver.wrong, receiver.wrong[:3])
            receiver.stop()


def test_what_it_refuses_loses_nothing(world):
    receiver = Cortex(key="other")
    config, log = deliver(world, "cortex", KEY, until=("the receiver answers 401: Failed to validate authentication detail",), script=STAMP,
                          url=url_of(receiver))
    check("hush" not in log, log)
    receiver.key, receiver.says = "hush", {"error": "internal"}
    world.run_until(config, "the receiver answers 200: internal")
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.says, receiver.wrong = {"error": "false"}, []
    world.run_once(config)
    check(len(set(ids_of(receiver))) > 100, "they did not wait")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_trial(world):
    receiver = Cortex()
    sink = declare(world, "cortex", KEY, name="trial", url=url_of(receiver), batch_events=300)
    print(f'{trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver), may_repeat=True)} repeats, each with its id')
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
