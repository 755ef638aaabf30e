"""The sink sentinel: tokens that end, a role that is missing, calls of at most 1 MB."""
from declare import declare, deliver, ids_of, troubles
from harness import check
from servers.sentinel import Sentinel
from trial import trial


def options(receiver, **more):
    return {"endpoint": receiver.url, "authority": receiver.url, "dcr": receiver.dcr, "tenant": "tenant-1", "client_id": "app-1", **more}


def test_what_is_wrong_at_the_receiver_is_said_and_loses_nothing(world):
    receiver = Sentinel(secret="other")
    config, log = deliver(world, "sentinel", {"client_secret": "hush"}, until=("AADSTS7000215",), **options(receiver))
    check("hush" not in log, log)
    receiver.secret, receiver.has_role = "hush", False
    world.run_until(config, "Monitoring Metrics Publisher", "30 minutes")
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.has_role, receiver.wrong = True, []
    world.run_once(config)
    check(len({identity for identity, _ in receiver.seen()}) > 100, "they did not wait")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_a_token_that_is_not_known_any_more_is_renewed(world):
    receiver = Sentinel()
    take, calls = receiver.take, []

    def forgetful(request):
        if "dataCollectionRules" in request.path and len(calls) < 3:
            calls.append(request)
            receiver.revoke()
        return take(request)

    receiver.take = forgetful
    deliver(world, "sentinel", {"client_secret": "hush"}, max_events=20, **options(receiver))
    found = [identity for identity, _ in receiver.seen()]
    check(len(found) > 100 and len(found) == len(set(found)), f"{len(found)} events, {len(set(found))} different")
    check(receiver.given >= 2, f"{receiver.given} tokens")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_trial(world):
    receiver = Sentinel()
    sink = declare(world, "sentinel", {"client_secret": "hush"}, name="trial", batch_events=300, **options(receiver))
    print(f'{trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver), may_repeat=True)} repeats, each with its id')
    check(max(len(request.body) for request in receiver.requests) <= 1_000_000, "a call is larger than 1 MB")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
