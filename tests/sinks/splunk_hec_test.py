"""The sinks splunk_hec, with and without indexer acknowledgement, and logscale."""
from declare import OneIn, declare, deliver, ids_of, troubles
from harness import check
from servers.splunk import LogScale, Splunk
from trial import trial

TOKEN = {"token": "hush"}


def ids(receiver):
    found = [identity for identity, _ in receiver.seen()]
    check(len(found) > 100 and len(found) == len(set(found)), f"{len(found)} events, {len(set(found))} different")
    return found


def test_the_event_that_is_refused_is_named_and_the_rest_arrives(world):
    receiver = Splunk()
    is_refused = OneIn(20)
    receiver.fault_of = lambda event: 6 if is_refused(event["fields"]["postern_id"]) else None
    config, _ = deliver(world, "splunk_hec", TOKEN, url=receiver.url)
    letters = world.postern("dead", "list", "-c", config).stdout
    check(letters.count("Invalid data format (code 6)") > 3, letters)
    check(not any(map(is_refused, ids(receiver))), "what was refused arrived")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_a_wrong_index_or_token_loses_nothing(world):
    receiver = Splunk(indexes={"mail"}, token="other")
    config, _ = deliver(world, "splunk_hec", TOKEN, until=("Invalid token (code 4)", "heck the token"), url=receiver.url,
                        index="%{source}")
    receiver.token = "hush"
    world.run_until(config, "Incorrect index (code 7)", "llow the index")
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.indexes, receiver.wrong = None, []
    world.run_once(config)
    ids(receiver)
    check(len({event_index(request) for request in receiver.requests}) > 2, "one request has one index")
    receiver.stop()


def event_index(request):
    indexes = set(part.split(b'"')[0] for part in request.body.split(b'"index":"')[1:])
    check(len(indexes) == 1, f"indexes {indexes} in one request")
    return indexes.pop()


def test_with_acknowledgement_an_event_is_safe_once_it_is_indexed(world):
    receiver = Splunk(acknowledges=True)
    receiver.polls_before_told = 3
    deliver(world, "splunk_hec", TOKEN, url=receiver.url, ack="on", ack_interval="200ms")
    ids(receiver)
    check(not any(receiver.pending.values()), "something was not asked for to its end")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_logscale_takes_the_same(world):
    receiver = LogScale()
    deliver(world, "logscale", TOKEN, url=receiver.url)
    ids(receiver)
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_trial(world):
    """A collector that is killed forgets what it had not told to be indexed: nothing of it is lost."""
    receiver = Splunk(acknowledges=True)
    sink = declare(world, "splunk_hec", TOKEN, name="trial", url=receiver.url, batch_events=200, ack_interval="100ms", ack_timeout="2s")
    again = trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver), may_repeat=True)
    print(f"{again} repeats, each with the id of its event")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
