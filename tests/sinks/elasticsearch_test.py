"""The sinks elasticsearch and opensearch: each event once, one by one judged."""
from declare import OneIn, declare, deliver, ids_of, troubles
from harness import check
from servers.elasticsearch import Elasticsearch, failed
from trial import trial

BUSY = failed(429, "es_rejected_execution_exception", "rejected execution of coordinating operation")


def test_each_event_is_judged_by_itself(world):
    receiver = Elasticsearch(api_key="id:key")
    is_refused, is_too_much, is_set_aside, busy = OneIn(15), OneIn(7), OneIn(11), set()

    def result_of(identity, document):
        if is_refused(identity):
            return failed(400, "document_parsing_exception", f"[1:2] failed to parse field [a] in document with id '{identity}'")
        if is_too_much(identity) and identity not in busy:
            busy.add(identity)
            return BUSY
        return {"status": 201, "failure_store": "used"} if is_set_aside(identity) else None

    receiver.result_of = result_of
    config, done = deliver(world, "elasticsearch", {"api_key": "id:key"}, url=receiver.url)
    taken = [identity for identity, _ in receiver.seen()]
    letters = world.postern("dead", "list", "-c", config).stdout
    check(len(taken) > 100 and len(taken) == len(set(taken)), f"{len(taken)} events, {len(set(taken))} different")
    check(busy and busy <= set(taken), "what was refused for a while is lost")
    check(letters.count("document_parsing_exception: [1:2] failed to parse field") > 3, letters)
    check("failure store" in done.stderr, done.stderr)
    check(receiver.known == 0, f"{receiver.known} events were sent again that were taken")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_a_missing_index_is_no_reason_to_lose_events(world):
    receiver = Elasticsearch()
    receiver.may_create = lambda index: False
    config, _ = deliver(world, "opensearch", until=("index_not_found_exception: no such index", "Make the index"), url=receiver.url,
                        index="logs-%{source}-%{type}")
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.may_create = lambda index: True
    world.run_once(config)
    check(len(receiver.ids) > 2, f"indexes {list(receiver.ids)}")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_trial(world):
    receiver = Elasticsearch(basic="postern:hush")
    sink = declare(world, "elasticsearch", {"password": "hush"}, name="trial", url=receiver.url, username="postern",
                   batch_events=300, max_body="200KiB")
    trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver))
    check(receiver.known > 0, "nothing was ever sent again")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
