"""What is delivered is strictly valid, whatever came: in a pipeline without scripts, through the packaged mapping, and as ready
lines. The journal keeps the event as it came."""
import json

from harness import check
from siem_vendor import archive, siem_vendor

BEGIN = b'{"datetime":"2026-10-02T09:15:00+0200","aCode":"k%d","acc":"C9",'
RECORDS = [BEGIN % number + rest for number, rest in enumerate((
    b'"Subject":"caf\xe9 au lait","odd":"b\xff\xfed"}',
    b'"Subject":"cut emoji \\ud83d","\\udc00":1}',
    b'"Act":"Acc","Act":"Rej","o":{"y":1,"y":[2],"y":3}}',
    b'"log_type":"mine","x":1,"x":2}',
    b'"Subject":"nothing wrong"}'))]
READY = '''return function(event) return postern.line("CEF:0|" .. (event.Subject or "") .. "|" .. (event.odd or "")) end'''
OWN = '''return function(event) event.added = 1 return event end'''


def strict(pairs):
    check(len(dict(pairs)) == len(pairs), f"a name twice: {pairs}")
    return dict(pairs)


def delivered(world, transform):
    """The lines, as bytes, and what was logged."""
    with siem_vendor(world, archive(receipt_1=b'{"type":"MTA","data":[' + b",".join(RECORDS) + b"]}")) as (_, parts):
        config = world.config(*parts, transform=transform)
        done = world.run_once(config)
    return (world.output / "acme/siem.ndjson").read_bytes().splitlines(), done.stderr


def check_strict(lines):
    check(len(lines) == len(RECORDS), f"{lines}")
    documents = [json.loads(line.decode("utf-8"), object_pairs_hook=strict) for line in lines]
    for document in documents:
        json.dumps(document, ensure_ascii=False).encode()  # no half of a pair is left
    return documents


def check_said(log):
    check("4 events" not in log and "1 event so far had bytes" in log, f"the first is said, and no more until the tenth: {log}")


def test_without_scripts(world):
    lines, log = delivered(world, "")
    first, second, third, fourth, last = check_strict(lines)
    check(first["Subject"] == "caf\ufffd au lait" and first["odd"] == "b\ufffd\ufffdd", first)
    check(second["Subject"] == "cut emoji \ufffd" and second["\ufffd"] == 1, second)
    check((third["Act"], third["Act_2"], third["o"]) == ("Acc", "Rej", {"y": 1, "y_2": [2], "y_3": 3}), third)
    check((fourth["x"], fourth["x_2"]) == (1, 2), fourth)
    check(last["Subject"] == "nothing wrong" and lines[4] == RECORDS[4], "what is valid stays as it came")
    check_said(log)


def test_the_packaged_mapping(world):
    lines, log = delivered(world, '"ecs"')
    first, second, third, fourth, _ = check_strict(lines)
    check(first["email"]["subject"] == "caf\ufffd au lait" and second["email"]["subject"] == "cut emoji \ufffd", lines)
    check(third["event"]["action"] == "Acc" and third["mimecast"]["Act"] == "Rej", third)
    check(fourth["mimecast"]["log_type"] == "receipt" and "mine" in fourth["mimecast"].values(), fourth)
    check_said(log)


def test_a_script_of_the_users(world):
    (world.path / "own.lua").write_text(OWN)
    lines, log = delivered(world, '"own"')
    check(all(document["added"] == 1 for document in check_strict(lines)), lines)
    check_said(log)


def test_ready_lines(world):
    (world.path / "ready.lua").write_text(READY)
    lines, _ = delivered(world, '"ready"')
    check([line.decode("utf-8") for line in lines[:2]] == ["CEF:0|caf\ufffd au lait|b\ufffd\ufffdd", "CEF:0|cut emoji \ufffd|"], lines)
