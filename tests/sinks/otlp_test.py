"""The sink otlp in both encodings, against a receiver that reads them by itself."""
from declare import OneIn, declare, deliver, ids_of, troubles
from harness import check
from servers.otlp import REQUEST, Otlp, from_json
from servers.protobuf import decode
from servers.receiver import answer
from trial import trial

TOKEN = {"token": "hush"}
# One request in both forms, as published: what reads them here must agree with it.
PUBLISHED = bytes.fromhex(
    "0a8e010a1b0a190a0c736572766963652e6e616d6512090a07706f737465726e126f0a090a07706f737465726e126209c0540708eecaeb1810091a0b496e"
    "666f726d6174696f6e2a090a077b2261223a317d32340a0e6c6f672e7265636f72642e75696412220a20303030303030303030303030303030303030303030"
    "303030303030303030303159004a4d3ceecaeb18")
SAME = {"resourceLogs": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "postern"}}]},
    "scopeLogs": [{"scope": {"name": "postern"}, "logRecords": [{
        "timeUnixNano": "1795752000123000000", "observedTimeUnixNano": "1795752001000000000", "severityNumber": 9,
        "severityText": "Information", "body": {"stringValue": '{"a":1}'},
        "attributes": [{"key": "log.record.uid", "value": {"stringValue": "0" * 31 + "1"}}]}]}]}]}


def check_all(world, config, receiver):
    found = [identity for identity, _ in receiver.seen()]
    check(len(found) > 100 and len(set(found)) == len(found), f"{len(found)} records, {len(set(found))} different")
    check(not receiver.wrong, receiver.wrong[:3])
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")


def test_the_receiver_reads_what_is_published(_):
    check(decode(PUBLISHED, REQUEST) == from_json(SAME, REQUEST), f"{decode(PUBLISHED, REQUEST)}")


def test_a_map_in_bytes_is_the_event_that_json_has_as_its_text(world):
    first, second = Otlp("hush"), Otlp("hush")
    beside = (declare(world, "otlp", TOKEN, name="second", url=second.url, encoding="json", compression="zstd"),
              'pipeline "second" { from = { "*" }, to = { "second" } }')
    second.warning = "the end of this version is near"
    config, done = deliver(world, "otlp", TOKEN, parts=beside, url=f"{first.url}/v1/logs/", body="map", severity="%{.nowhere}",
                        resource={"deployment.environment": "test"}, attributes={"postern.type": "", "vendor": "%{account}"})
    for receiver in (first, second):
        check_all(world, config, receiver)
    check(dict(first.seen()) == dict(second.seen()), "they have different events")
    check("warns: the end of this version is near" in done.stderr, done.stderr)
    check(all(resource == {"service.name": "postern", "postern.account": "acme", "deployment.environment": "test"}
              for resource in first.resources), first.resources[:2])
    check(all(set(record["attributes"]) == {"log.record.uid", "postern.source", "vendor"} and "severityNumber" not in record
              for record in first.records), first.records[:2])
    check(all(record["severityNumber"] == 9 and record["attributes"]["postern.source"] for record in second.records),
          second.records[:2])
    first.stop()
    second.stop()


def test_each_account_is_a_resource_and_a_413_halves(world):
    world.use_clock(rate=20.0)
    simulator = world.simulate("--events", "200", "--history", "30m", "--quirks", "off", "--accounts", "2")
    receiver = Otlp()
    receiver.max_body = 30_000
    config = world.config(world.account(simulator, "acme"), world.account(simulator, "globex", 1),
                          sink=declare(world, "otlp", url=receiver.url))
    world.run_once(config)
    check_all(world, config, receiver)
    check({resource["postern.account"] for resource in receiver.resources} == {"acme", "globex"}, "not both accounts")
    check(any(len(request.body) > receiver.max_body for request in receiver.requests), "no request was ever too large")
    receiver.stop()


def refuse_some(world, partial):
    receiver = Otlp()
    receiver.refuses = OneIn(25)
    config, done = deliver(world, "otlp", url=receiver.url, partial=partial)
    check(len({identity for identity, _ in receiver.seen()}) > 100 and not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
    return done.stderr, world.postern("dead", "list", "-c", config).stdout


def test_what_is_refused_and_not_named_is_counted(world):
    said, letters = refuse_some(world, "accept")
    check("records are refused: they are too old; which they are" in said, said)
    check("they are too old" not in letters, letters)


def test_what_is_refused_and_not_named_is_found(world):
    _, letters = refuse_some(world, "bisect")
    check(letters.count("the receiver refuses it: they are too old") > 3, letters)


def test_500s_end_in_advice_and_lose_nothing(world):
    receiver = Otlp()
    receiver.next_answers = [(500, "the disk is gone")] * 500
    config, _ = deliver(world, "otlp", until=("the receiver answers 500: the disk is gone", "ook into the receiver's log"),
                        url=receiver.url, tries_after_500=2)
    receiver.next_answers = [(503, "busy"), (500, "nearly")]
    world.run_once(config)
    check_all(world, config, receiver)
    receiver.stop()


def test_a_wrong_token_or_another_server_loses_nothing(world):
    receiver = Otlp("right")
    config, log = deliver(world, "otlp", {"token": "wrong-token"}, until=("the receiver answers 401: no such token",), url=receiver.url)
    check("wrong-token" not in log, log)
    receiver.token = "wrong-token"
    receiver.response = lambda as_json, refused: answer(200, "<html>welcome</html>")
    world.run_until(config, "heck that url leads to a receiver of OTLP")
    del receiver.response
    receiver.taken = []
    world.run_once(config)
    check_all(world, config, receiver)
    receiver.stop()


def test_trial(world):
    receiver = Otlp("hush")
    sink = declare(world, "otlp", TOKEN, name="trial", url=receiver.url, batch_events=300)
    print(f'{trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver), may_repeat=True)} repeats, each with its id')
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
