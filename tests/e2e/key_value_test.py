"""SIEM files in the key_value format, on the whole road: a record says of each field what its own key says, and nothing that stands
in a subject, an address or a JSON text is taken for a key."""
import json

from harness import check
from siem_vendor import archive, siem_vendor

BEGIN = "datetime=2026-10-02T07:15:00+0000|"
# What the file holds, and what the event must say; "SUBJECT" must stand in its Subject.
RECORDS = [
    (BEGIN + r"aCode=v1|acc=C9|IP=198.51.100.23|Dir=Inbound|MsgId=<4@x>|Subject=\order\|headerFrom=head@corp.example|Sender=head@corp.example|Act=Rej|q=\z\|"
     r"headerFrom=eve@bad.example|Sender=eve@bad.example|Rcpt=kim@example.org|SpamInfo=[]|Act=Acc",
     {"aCode": "v1", "Sender": "eve@bad.example", "headerFrom": "eve@bad.example", "Act": "Acc", "Rcpt": "kim@example.org", "SpamInfo": "[]"}),
    (BEGIN + "aCode=v2|acc=C9|Act=Acc|Sender=kim@example.org|", {"aCode": "v2", "Act": "Acc", "Sender": "kim@example.org"}),
    (BEGIN + "acc=C9|reason=malicious|url=https://a.example/?one=1|two=2|route=inbound|sourceIp=198.51.100.23|sender=lou@example.net|recipient=kim@example.org",
     {"url": "https://a.example/?one=1|two=2", "route": "inbound", "sender": "lou@example.net"}),
    (BEGIN + "aCode=v4|acc=C9|Act=Acc|Newer_Key=hello|Sender=kim@example.org", {"Act": "Acc", "Newer_Key": "hello", "Sender": "kim@example.org"}),
    (BEGIN + 'aCode=v5|acc=C9|Act=Acc|SpamProcessingDetail={"rbl":{"info":"x|y=z","allow":true}}|Sender=kim@example.org',
     {"SpamProcessingDetail": '{"rbl":{"info":"x|y=z","allow":true}}', "Sender": "kim@example.org"}),
]


def strict(pairs):
    check(len(dict(pairs)) == len(pairs), f"a key twice: {pairs}")
    return dict(pairs)


def test_a_record_of_key_value_says_what_its_own_keys_say(world):
    with siem_vendor(world, "\r\n".join(text for text, _ in RECORDS).encode()) as (_, parts):
        config = world.config(*parts, 'source "siem" { file_format = "key_value" }', transform="")
        world.run_once(config)
    lines = (world.output / "acme/siem.ndjson").read_text().splitlines()
    check(len(lines) == len(RECORDS), f"{lines}")
    for line, (text, wanted) in zip(lines, RECORDS, strict=True):
        event = json.loads(line, object_pairs_hook=strict)
        for key, value in wanted.items():
            check(event.get(key) == value, f"{key} is {event.get(key)!r}, not {value!r}: {text}")
    subject = json.loads(lines[0])["Subject"]
    check("order" in subject and "head@corp.example" in subject, f"the subject holds what stood in it: {subject!r}")


def test_a_record_that_is_too_deep_is_set_aside_alone(world):
    def record(number, inside):
        return f'{{"datetime":"2026-10-02T07:15:00+0000","aCode":"v{number}","acc":"C9","d":{inside}}}'

    records = [record(1, "1"), record(2, "[" * 400 + "]" * 400), record(3, "1"), record(4, '{"a":' * 130 + "1" + "}" * 130), record(5, "1")]
    with siem_vendor(world, archive(receipt_1='{"type":"MTA","data":[' + ",".join(records) + "]}")) as (_, parts):
        config = world.config(*parts)
        world.run_once(config, code=None)
    codes = [event["aCode"] for event in world.events("acme/siem.ndjson")]
    check(codes == ["v1", "v3", "v5"], f"{codes}")
    dead = world.postern("dead", "list", "-c", config).stdout.splitlines()
    check(len(dead) == 2 and all("deeper than 128" in line for line in dead), dead)
