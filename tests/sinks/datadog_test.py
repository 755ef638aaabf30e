"""The sink datadog against a strict intake."""
from declare import declare, deliver, ids_of, troubles
from harness import check
from servers.datadog import Datadog
from trial import trial


def test_a_wrong_key_loses_nothing(world):
    receiver = Datadog(key="right")
    url = f"{receiver.url}/api/v2/logs"
    config, log = deliver(world, "datadog", {"token": "wrong-key"}, until=("the receiver answers 403",), url=url)
    check("wrong-key" not in log, log)
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.key, receiver.wrong = "wrong-key", []
    world.run_once(config)
    check(len({identity for identity, _ in receiver.seen()}) > 100, "they did not wait")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_trial(world):
    receiver = Datadog()
    sink = declare(world, "datadog", {"token": "hush"}, name="trial", url=f"{receiver.url}/api/v2/logs", batch_events=300)
    print(f'{trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver), may_repeat=True)} repeats, each with its id')
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
