"""The sink google_secops: tokens for signed assertions, raw lines, events of the Unified Data Model, and a 400 that means anything."""
from declare import OneIn, declare, deliver, ids_of, troubles
from harness import check
from servers.google_secops import GoogleSecops
from trial import trial

UDM = """
return function(event, ctx)
  return { metadata = { eventType = "EMAIL_TRANSACTION", vendorName = "Mimecast" }, additional = { logType = ctx.type } }
end
"""


def options(receiver, **more):
    project, location, customer = receiver.instance.split("/")[1::2]
    return {"endpoint": receiver.url, "project": project, "location": location, "customer": customer, **more}


def secrets(receiver):
    return {"service_account": receiver.account.key_file}


def all_there(receiver):
    found = [identity for identity, _ in receiver.seen()]
    check(len(found) > 100 and len(found) == len(set(found)), f"{len(found)} events, {len(set(found))} different")
    check(not receiver.wrong, receiver.wrong[:3])
    return found


def test_lines_arrive_with_their_labels_and_a_clock_that_is_off_is_said(world):
    receiver = GoogleSecops(world.path)
    receiver.clock_off = 7200
    _, done = deliver(world, "google_secops", secrets(receiver), **options(
        receiver, labels={"team": "soc-%{account}"}, namespace="%{account}", forwarder="11111111-2222-4333-8444-555555555555"))
    all_there(receiver)
    check(not receiver.silently_dropped, f"{receiver.silently_dropped} lines had no sourceFilename")
    check("clock of this machine is" in done.stderr and "PRIVATE" not in done.stderr, done.stderr)
    bodies = b"".join(request.body for request in receiver.requests)
    check(b'"environmentNamespace":"acme","labels":{"account":{"value":"acme"}' in bodies and
          b'"team":{"value":"soc-acme"}' in bodies and f'{receiver.instance}/forwarders/1111'.encode() in bodies, bodies[:600])
    receiver.stop()


def test_a_token_that_ends_is_renewed_and_a_large_body_is_cut_by_its_encoded_size(world):
    receiver = GoogleSecops(world.path)
    receiver.max_body = 60_000
    take, calls = receiver.take, []

    def forgetful(request):
        if "import" in request.path and len(calls) < 3:
            calls.append(request)
            receiver.revoke()
        return take(request)

    receiver.take = forgetful
    deliver(world, "google_secops", secrets(receiver), **options(receiver, max_body="60000B", compression="gzip"))
    all_there(receiver)
    sizes = [len(request.body) for request in receiver.requests if "import" in request.path]
    check(max(sizes) <= 60_000 and max(sizes) > 40_000, f"{max(sizes)} bytes")
    check(len(receiver.tokens) >= 2, f"{len(receiver.tokens)} tokens")
    receiver.stop()


def test_what_is_wrong_is_named_and_loses_nothing(world):
    """The same 400 for a wrong place, log type and body: the instance is asked which it is."""
    receiver = GoogleSecops(world.path)
    wrong_place = options(receiver, location="us")
    config, _ = deliver(world, "google_secops", secrets(receiver), until=("INVALID_ARGUMENT", "no such instance there"), **wrong_place)
    receiver.instance = receiver.instance.replace("/eu/", "/us/")
    receiver.log_types.remove("MIMECAST_MAIL")
    world.run_until(config, "Check log_type")
    receiver.log_types.add("MIMECAST_MAIL")
    receiver.allowed = {"logTypes"}
    world.run_until(config, "PERMISSION_DENIED", "chronicle.logs.import")
    receiver.account.EMAIL = "somebody@acme.example"
    receiver.tokens = {}
    world.run_until(config, "invalid_grant", "deleted or disabled")
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    del receiver.account.EMAIL
    receiver.allowed.add("logs:import")
    receiver.wrong = []
    world.run_once(config)
    all_there(receiver)
    receiver.stop()


def test_an_event_that_is_refused_is_found_among_the_others(world):
    receiver = GoogleSecops(world.path)
    is_refused = OneIn(60)
    receiver.refuses = lambda event: is_refused(event["metadata"]["productLogId"])
    config, _ = deliver(world, "google_secops", secrets(receiver), script=UDM, **options(receiver, format="udm"))
    found = all_there(receiver)
    letters = world.postern("dead", "list", "-c", config).stdout
    check(letters.count("INVALID_ARGUMENT: generic::invalid_argument: invalid event") > 1, letters)
    check(not any(map(is_refused, found)), "what was refused arrived")
    receiver.stop()


def test_a_field_by_its_other_name_is_not_put_in_twice(world):
    receiver = GoogleSecops(world.path)
    script = UDM.replace("metadata = {", 'metadata = { event_timestamp = "2026-01-01T00:00:00Z",')
    deliver(world, "google_secops", secrets(receiver), script=script, **options(receiver, format="udm"))
    all_there(receiver)
    receiver.stop()


def test_events_that_are_none_of_udm_fill_no_dead_letters(world):
    receiver = GoogleSecops(world.path)
    config, _ = deliver(world, "google_secops", secrets(receiver), until=("it is no UDM event", "were refused for one reason"),
                        **options(receiver, format="udm"))
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    check(not receiver.wrong and not receiver.seen(), receiver.wrong[:3])
    receiver.stop()


def test_without_the_right_to_list_log_types_a_few_events_are_no_dead_letters(world):
    receiver = GoogleSecops(world.path)
    receiver.allowed.remove("logTypes")
    config, _ = deliver(world, "google_secops", secrets(receiver), until=("INVALID_ARGUMENT", "chronicle.logTypes.list"), events=3,
                        batch_events=1, **options(receiver, log_type="MIMECAST_MIAL"))
    check(not world.status(config)["journal"]["dead_letters"], "events became dead letters")
    receiver.stop()


def test_trial(world):
    receiver = GoogleSecops(world.path)
    sink = declare(world, "google_secops", secrets(receiver), name="trial", batch_events=300, **options(receiver))
    print(f'{trial(world, sink, lambda: ids_of(receiver), troubles=troubles(receiver), may_repeat=True)} repeats, each with its id')
    check(not receiver.silently_dropped, f"{receiver.silently_dropped} lines had no sourceFilename")
    check(not receiver.wrong, receiver.wrong[:3])
    receiver.stop()
