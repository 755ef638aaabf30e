"""The sink opensearch: as elasticsearch, with requests that are signed for the service es."""
from declare import declare, ids_of, troubles
from harness import check
from servers.opensearch import OpenSearch
from trial import Journal, trial

KEYS = {"access_key": "AKIDEXAMPLE", "region": "eu-west-1"}


def test_a_wrong_key_region_or_service_loses_nothing(world):
    receiver = OpenSearch(keys={"AKIDEXAMPLE": "right"})
    journal = Journal(world, events=200)
    for secret, more, word in (("wrong", {}, "SignatureDoesNotMatch"), ("right", {"region": "us-east-1"}, "AuthorizationHeaderMalformed"),
                               ("right", {"service": "aoss"}, "AuthorizationHeaderMalformed")):
        sink = declare(world, "opensearch", {"secret_key": secret}, name="trial", url=receiver.url, **{**KEYS, **more})
        config = journal.config(sink)
        world.run_until(config, "the receiver answers 403", word)
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    sink = declare(world, "opensearch", {"secret_key": "right"}, name="trial", url=receiver.url, **KEYS)
    world.run_once(journal.config(sink))
    check(journal.compare(ids_of(receiver)) == ([], 0, []), "the index holds what was sent")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_trial(world):
    receiver = OpenSearch(keys={"AKIDEXAMPLE": "hush"})
    sink = declare(world, "opensearch", {"secret_key": "hush"}, name="trial", url=receiver.url, batch_events=300, max_body="200KiB", **KEYS)
    trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver))
    check(receiver.known > 0, "nothing was ever sent again")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
