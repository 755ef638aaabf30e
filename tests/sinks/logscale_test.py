"""The sink logscale: Splunk's envelopes for a repository, without acknowledgement."""
from declare import declare, deliver, ids_of, troubles
from harness import check
from servers.splunk import LogScale
from trial import trial

TOKEN = {"token": "hush"}


def test_a_wrong_token_or_repository_loses_nothing(world):
    receiver = LogScale(token="other")
    config, done = deliver(world, "logscale", TOKEN, code=1, words=("--timeout", "60s"), url=receiver.url, index="elsewhere")
    check("the receiver answers 401: The supplied authentication is invalid" in done.stderr and "hush" not in done.stderr, done.stderr)
    receiver.token = "hush"
    done = world.postern("run", "--once", "--timeout", "60s", "-c", config, code=1)
    check("is not the repository of the token" in done.stderr, done.stderr)
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.repository, receiver.wrong = "elsewhere", []
    world.postern("run", "--once", "-c", config)
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
