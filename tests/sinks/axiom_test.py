"""The sink axiom: an answer that counts what failed and does not name it."""
from declare import OneIn, declare, deliver, ids_of, troubles
from harness import check
from servers.axiom import Axiom
from trial import trial

TOKEN = {"token": "hush"}


def test_what_failed_is_found_and_the_rest_arrives(world):
    receiver = Axiom()
    is_refused = OneIn(60)
    receiver.refuses = lambda event: "too many fields" if is_refused(event["postern_id"]) else None
    config, _ = deliver(world, "axiom", TOKEN, url=receiver.url, dataset="mimecast", max_events=64)
    found = {identity for identity, _ in receiver.seen()}
    letters = world.postern("dead", "list", "-c", config).stdout
    check(letters.count("1 of 1 events failed, the first: too many fields") > 1, letters)
    check(len(found) > 100 and not any(map(is_refused, found)), f"{len(found)} events")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_a_wrong_token_or_dataset_loses_nothing(world):
    receiver = Axiom(token="other", paths=())
    config, log = deliver(world, "axiom", TOKEN, until=("the receiver answers 403", "may ingest into this dataset"), edge=receiver.url,
                          dataset="mimecast")
    check("hush" not in log, log)
    receiver.token = "hush"
    world.run_until(config, "dataset not found", "Make the dataset")
    receiver.paths = ("/v1/ingest/mimecast",)
    receiver.refuses = lambda event: "no"
    world.run_until(config, "were refused for one reason")
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.refuses, receiver.wrong = (lambda event: None), []
    world.run_once(config)
    check(len({identity for identity, _ in receiver.seen()}) > 100, "they did not wait")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_trial(world):
    receiver = Axiom()
    sink = declare(world, "axiom", TOKEN, name="trial", url=receiver.url, dataset="mimecast", batch_events=300)
    print(f'{trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver), may_repeat=True)} repeats, each with its id')
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
