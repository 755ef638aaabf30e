"""The sink logscale: Splunk's envelopes for a repository, without acknowledgement."""
from declare import declare, deliver, ids_of, troubles
from harness import check
from servers.splunk import LogScale
from trial import trial

TOKEN = {"token": "hush"}


def test_a_wrong_token_or_repository_loses_nothing(world):
    receiver = LogScale(token="other")
    config, log = deliver(world, "logscale", TOKEN, until=("the receiver answers 401: The supplied authentication is invalid",),
                          url=receiver.url, index="elsewhere")
    check("hush" not in log, log)
    receiver.token = "hush"
    world.run_until(config, "is not the repository of the token")
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.repository, receiver.wrong = "elsewhere", []
    world.run_once(config)
    found = [identity for identity, _ in receiver.seen()]
    check(len(found) > 100 and len(found) == len(set(found)), f"{len(found)} events, {len(set(found))} different")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_trial(world):
    receiver = LogScale()
    sink = declare(world, "logscale", TOKEN, name="trial", url=receiver.url, batch_events=300, index="mail")
    print(f'{trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver), may_repeat=True)} repeats, each with its id')
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
