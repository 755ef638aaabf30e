"""The sink webhook against a receiver that is strict, and one that misbehaves."""
import hmac
import json
import re

from declare import OneIn, declare, deliver, ids_of, troubles
from harness import check
from servers.nginx import Nginx
from servers.receiver import FAULTS, WITHOUT_ANSWER
from servers.webhook import Webhook
from trial import trial


def lines_of(receiver):
    lines = [json.dumps(event, sort_keys=True) for _, event in receiver.seen()]
    check(len(lines) > 30 and len(set(lines)) == len(lines), f"{len(lines)} events, {len(set(lines))} different")
    return lines


def counts_of(world, config):
    """The metrics of the sink: by name, by the value of their label."""
    counted = {}
    for one in world.status(config)["metrics"]["series"]:
        labels = dict(one["labels"])
        if labels.pop("instance", None) == "files":
            counted.setdefault(one["name"], {})[next(iter(labels.values()), None)] = one["value"]
    return counted


def test_all_arrives_once_in_the_form_that_was_asked_for(world):
    for form, coding in (("ndjson", "zstd"), ("array", "gzip"), ("single", "none")):
        with world.another() as other:
            receiver = Webhook(token="hush")
            _, done = deliver(other, "webhook", {"token": "hush"}, url=f"{receiver.url}/in", format=form, compression=coding)
            check("hush" not in done.stderr, "the token is in the log")
            lines_of(receiver)
            codings = {request.headers.get("content-encoding") for request in receiver.requests}
            check(coding == "none" or coding in codings, f"{coding} was asked for, {codings} came")
            check(not receiver.wrong, receiver.wrong[:3])
            receiver.stop()


def test_faults_of_all_kinds_lose_nothing(world):
    receiver = Webhook(remembers=True)
    for kind in (*FAULTS, *WITHOUT_ANSWER):
        receiver.fault(kind)
    deliver(world, "webhook", url=f"{receiver.url}/in", max_events=20)
    lines_of(receiver)
    check(receiver.repeats >= 2, "no answer was lost on its way")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_what_is_too_large_goes_in_pieces_and_what_is_refused_is_found(world):
    receiver = Webhook()
    receiver.max_body = 8000
    receiver.fault("429 seconds")
    is_refused = OneIn(40)
    receiver.refuses = lambda event: is_refused(json.dumps(event))
    config, _ = deliver(world, "webhook", url=f"{receiver.url}/in")
    taken = lines_of(receiver)
    letters = world.postern("dead", "list", "-c", config).stdout
    refused = letters.count("the receiver answers 400: there is something in it that I do not like")
    fitting = [len(request.body) for request in receiver.requests if len(request.body) <= receiver.max_body]
    large = len(receiver.requests) - len(fitting)
    print(f"{len(taken)} taken, {refused} refused, {len(receiver.requests)} requests, {large} too large")
    check(max(fitting) > 3000, f"{max(fitting)} bytes is much less than the receiver takes")
    check(large < 12, f"{large} requests that were too large")
    check(refused > 0, letters)
    check(not receiver.wrong, receiver.wrong[:3])
    counted = counts_of(world, config)
    bodies, series = counted.pop("postern_http_bytes_total"), counted.pop("postern_http_requests_total")
    check(series["delivered"] + series["refused"] == len(fitting) and series["too_large"] == large and series["retry"] == 1, series)
    check(bodies["plain"] > sum(len(request.body) for request in receiver.requests) > bodies["sent"] > 0, bodies)
    check(counted == {"postern_http_events_total": {"delivered": len(taken), "rejected": refused},
                      "postern_http_splits_total": {"too_large": large, "refused": series["refused"] - refused},
                      "postern_http_throttled_total": {None: 1}, "postern_http_wait_seconds_total": {None: 1}}, counted)
    receiver.stop()


ID_OF_CALL = r" \(request id [0-9a-f]{8}-[0-9a-f-]{27}\)"


def test_the_receivers_id_of_a_call_is_shown_and_parts_no_kinds(world):
    """In each dead letter's reason, and in the status and the log where all is refused; what is counted is one kind."""
    receiver = Webhook()
    receiver.names_its_calls = True
    is_refused = OneIn(20)
    receiver.refuses = lambda event: is_refused(json.dumps(event))
    config, _ = deliver(world, "webhook", url=f"{receiver.url}/in")
    letters = re.findall("that I do not like" + ID_OF_CALL, world.postern("dead", "list", "-c", config).stdout)
    check(len(letters) > 2 and len(set(letters)) == len(letters), letters)
    kinds = world.postern("dead", "list", "--count", "-c", config).stdout
    check(kinds.count("that I do not like") == 1 and "request id" not in kinds, kinds)
    receiver.refuses = lambda event: True
    tried = world.postern("dead", "retry", "all", "-c", config, code=None)
    said = [line for line in tried.stderr.splitlines() if "that I do not like" in line]
    check(len(said) == 1 and re.search(ID_OF_CALL, said[0]), tried.stderr)
    receiver.stop()


def test_where_all_is_refused_status_and_log_show_the_id(world):
    """Ids that differ do not make it a matter of single events: nothing becomes a dead letter."""
    receiver = Webhook()
    receiver.names_its_calls, receiver.refuses = True, lambda event: True
    config, log = deliver(world, "webhook", url=f"{receiver.url}/in", until=("that I do not like", "were refused for one reason"))
    status = world.status(config)
    error = next(one["error"] for one in status["deliveries"] if one["name"].endswith("/files"))
    check(re.search("that I do not like" + ID_OF_CALL, error), error)
    check(re.search("that I do not like" + ID_OF_CALL, log), log)
    check(status["journal"]["dead_letters"] == 0, status["journal"])
    receiver.stop()


def test_a_wrong_token_is_no_reason_to_lose_events(world):
    receiver = Webhook(token="right")
    config, _ = deliver(world, "webhook", {"token": "wrong"}, until=("the receiver answers 401: who are you?", "Check the credentials"),
                        url=f"{receiver.url}/in")
    check("who are you?" not in world.postern("dead", "list", "-c", config).stdout, "events became dead letters")
    receiver.token = "wrong"
    world.run_once(config)
    lines_of(receiver)
    receiver.stop()


def test_a_receiver_that_refuses_everything_fills_no_dead_letters(world):
    receiver = Webhook()
    receiver.refuses = lambda event: True
    config, _ = deliver(world, "webhook", until=("all that were tried, were refused for one reason",), url=f"{receiver.url}/in")
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    check(len(receiver.requests) < 60, f"{len(receiver.requests)} requests to find that out")
    receiver.refuses = lambda event: False
    world.run_once(config)
    lines_of(receiver)
    receiver.stop()


def test_events_of_different_places_go_apart_and_bodies_are_signed(world):
    receiver = Webhook()
    deliver(world, "webhook", {"signature_key": "secret"}, url=f"{receiver.url}/%{{account}}/%{{source}}", compression="none",
            headers={"X-Type": "%{type}"})
    for request in receiver.requests:
        code = hmac.new(b"secret", request.body, "sha256").hexdigest()
        check(request.headers["x-postern-signature"] == f"sha256={code}", "a signature is wrong")
    lines_of(receiver)
    places = {(request.path, request.headers.get("x-type")) for request in receiver.requests}
    check(len({path for path, _ in places}) > 2 and len({kind for _, kind in places}) > 2, places)
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()


def test_what_the_answer_says_counts_as_well(world):
    """A receiver that answers 200 whatever happens: busy for a while, and it never takes some of the events."""
    receiver = Webhook()
    condition = {"accept_if": {"$.error": "false"}}
    busy = [{"error": "true"}, {"error": "true"}]
    receiver.thanks = lambda events: busy.pop() if busy else {"error": "false"}
    _, done = deliver(world, "webhook", url=f"{receiver.url}/in", max_events=50, **condition)
    check("it was not accepted: $.error is true, not false" in done.stderr, done.stderr)
    lines_of(receiver)
    receiver.stop()
    with world.another() as other:
        receiver = Webhook()
        never = OneIn(40)
        receiver.thanks = lambda events: {"error": "bad form" if any(never(json.dumps(event)) for event in events) else "false"}
        config, _ = deliver(other, "webhook", url=f"{receiver.url}/in", accept_else="refused", **condition)
        letters = other.postern("dead", "list", "-c", config).stdout
        check(letters.count("it was not accepted: $.error is bad form, not false") > 0, letters)
        lines_of(receiver)
        receiver.stop()


def test_behind_nginx(world):
    """Too large (413), too much (429), nobody there (502): all of it said by nginx itself."""
    receiver = Webhook()
    front = Nginx(world, receiver.port, rate="4r/s")
    receiver.kill()
    url = f"http://127.0.0.1:{front.port}/in"
    config, _ = deliver(world, "webhook", until=("the receiver answers 502",), url=url, compression="none")
    receiver.start()
    world.run_once(config)
    lines_of(receiver)
    check({200, 413, 429, 502} <= front.statuses(), front.statuses())
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    front.stop()
    receiver.stop()


def test_trial(world):
    """The receiver remembers the keys of the requests: so nothing repeats."""
    receiver = Webhook(remembers=True)
    sink = declare(world, "webhook", name="trial", url=f"{receiver.url}/in", max_events=200, batch_events=300)
    trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver))
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
