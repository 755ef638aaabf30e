"""examples/scripts: their tests pass, and whatever Mimecast sends, each makes lines of its own form of it."""
import json
import re
import shutil

import events
import pairs
from check import read
from harness import ROOT, check

EXAMPLES = ROOT / "examples/scripts"
SAMPLE = EXAMPLES / "events.ndjson"
SOURCES = {"siem", "audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp"}
NUMBERS = {"time_ms", "recipient_count", "spam_score", "size", "attachments", "latency_ms", "hits"}
FLAGS = {"delivered", "malicious"}
IDS = {"activity": "activity_name", "severity": "severity", "status": "status", "action": "action", "disposition": "disposition",
       "direction": "direction"}
CEF_KEYS = set("""rt deviceExternalId externalId cat act outcome deviceDirection src dst suser duser fname fsize fileHash request reason msg
    cs1Label cs1 cs2Label cs2 cs3Label cs3 cs4Label cs4""".split())


def mapped(world, script, file):
    """The lines that came out, and how many events were dropped."""
    done = world.postern("map", "-s", EXAMPLES / script, file)
    said = re.search(r"(\d+) kept, (\d+) dropped, 0 failed", done.stderr)
    lines = done.stdout.split("\n")[:-1]
    check(not said or int(said[1]) == len(lines), f"{script}: {len(lines)} lines: {done.stderr}")
    return lines, int(said[2]) if said else 0


def look_at_flat(line):
    row = read(line.encode())
    for name, value in row.items():
        kinds = (int, float) if name in NUMBERS else (bool,) if name in FLAGS else (str,)
        check(type(value) in kinds, f"{name} is {value!r}")
    for name in ("sender", "header_from", "recipients", "sha256"):
        check(not re.search("[A-Z]", row.get(name, "")), f"{name} is {row.get(name)!r}")
    check(row["time_ms"] > 0 and row["time_from"] in ("event", "postern"), row)


def look_at_ocsf(line):
    event = read(line.encode())
    check((event["class_uid"], event["category_uid"]) == (4009, 4), event)
    check(event["type_uid"] == 400900 + event["activity_id"], event["type_uid"])
    for name, caption in IDS.items():
        check(type(event[f"{name}_id"]) is int and (type(event[caption]) is str or event[f"{name}_id"] == 99), f"{name}: {line}")
    check(type(event["time"]) is int and event["metadata"]["version"] == "1.6.0", line)
    check(event["metadata"]["product"] == {"name": "Email Security", "vendor_name": "Mimecast"}, line)
    mail = event.get("email", {})
    check(all(type(mail.get(name, "")) is str for name in ("from", "subject", "message_uid", "uid")), f"a list: {mail}")
    check(all(type(mail.get(name, [])) is list for name in ("to", "files", "urls")), f"no list: {mail}")
    for seen in event.get("observables", []):
        check(set(seen) == {"name", "type_id", "type", "value"}, f"observable {seen}")


def pieces_of_cef(line):
    """The parts of the header and the pairs of the extension, read as the format's rules say."""
    header = re.match(r"CEF:0\|" + r"((?:[^\\|]|\\[\\|])*)\|" * 6, line)
    check(header, f"the header: {line!r}")
    extension = line[header.end():]
    keys = list(re.finditer(r"(?:^| )(\w+)(?<!\\)=", extension))
    check(keys and keys[0].start() == 0, f"the extension: {extension!r}")
    ends = [key.start() for key in keys[1:]] + [len(extension)]
    pairs = [(key[1], extension[key.end():end]) for key, end in zip(keys, ends, strict=True)]
    for key, value in pairs:
        check(re.fullmatch(r"(?:[^\\=]|\\[\\=nr])*", value), f"{key} is not escaped: {value!r}")
    found = dict(pairs)
    check(len(found) == len(pairs) and set(found) <= CEF_KEYS, f"keys: {[key for key, _ in pairs]}")
    return header.groups(), found


def look_at_cef(line):
    header, pairs = pieces_of_cef(line)
    check(header[:3] == ("Mimecast", "Email Security", "1.0") and 0 <= int(header[5]) <= 10, header)
    check(int(pairs["rt"]) > 0 and not re.search(r"[\r\n]", line), pairs)


LOOKS = {"flat.lua": look_at_flat, "ocsf_email_activity.lua": look_at_ocsf, "cef.lua": look_at_cef}


def test_their_tests_pass(world):
    said = world.postern("test", EXAMPLES).stdout
    check(all(name.replace(".lua", "_test.lua") in said for name in LOOKS) and " 0 failed" in said.splitlines()[-1], said)


def test_each_maps_the_sample_of_all_sources(world):
    sample = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    check({line["postern"]["source"] for line in sample} == SOURCES, "the sample has all sources")
    for script, dropped in (("flat.lua", 1), ("ocsf_email_activity.lua", 1), ("cef.lua", 0)):
        lines, gone = mapped(world, script, SAMPLE)
        check((len(lines), gone) == (len(sample) - dropped, dropped), f"{script}: {len(lines)} lines, {gone} dropped")
        for line in lines:
            LOOKS[script](line)


def test_a_hostile_subject_writes_no_field_of_cef(world):
    subject = "x src=192.0.2.9|CEF:0\\=\r\nrt=1 act\\=no\u2028\x85end\\"
    file = world.path / "events.ndjson"
    file.write_text(json.dumps({"Subject": subject, "auditType": subject, "IP": "192.0.2.1", "datetime": "2026-01-01T00:00:00Z"}) + "\n")
    (line,), _ = mapped(world, "cef.lua", file)
    header, pairs = pieces_of_cef(line)
    check(pairs["src"] == "192.0.2.1" and "act" not in pairs and pairs["rt"] == "1767225600000", pairs)
    said = re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), pairs["msg"])
    check(said == subject.replace("\r\n", "\n"), said)
    check(re.sub(r"\\(.)", r"\1", header[4]) == subject.replace("\r\n", " "), header)


def test_hostile_events_of_all_sources(world):
    file = world.path / "events.ndjson"
    count = 300 if world.sanitized else 3000
    file.write_bytes(b"".join(event.line() + b"\n" for event in events.stream(7, count)))
    for script, look in LOOKS.items():
        lines, dropped = mapped(world, script, file)
        check(len(lines) + dropped == count, f"{script}: {len(lines)} lines and {dropped} dropped of {count}")
        for line in lines:
            look(line)


# What API 2.0 does not tell, by log type: columns, members and keys of the three scripts.
NOT_TOLD = {"av": {"email.files.mime_type", "email.files.size", "fsize"}, "iep": {"url", "url_domain", "request", "email.urls"}}


def told_by(script, line):
    if script == "cef.lua":
        return pieces_of_cef(line)[1]
    return {name: value for name, value in pairs.flat(json.loads(line)) if not name.startswith(("unmapped", "observables"))}


def test_a_record_of_api_2_gives_as_much_as_one_of_api_1(world):
    file = world.path / "events.ndjson"
    for script in LOOKS:
        lines = []
        for record in (1, 2):
            file.write_bytes(b"".join(pairs.line(pair[0], pair[record]) + b"\n" for pair in pairs.BY_HAND))
            lines.append([told_by(script, line) for line in mapped(world, script, file)[0]])
        for (log_type, *_), first, second in zip(pairs.BY_HAND, *lines, strict=True):
            lacking = {name for name in first.keys() - second.keys() if not name.startswith(tuple(NOT_TOLD.get(log_type, ("-",))))}
            check(not lacking, f"{script}: a {log_type} of API 2.0 lacks {lacking}: {second}")


def test_a_pipeline_runs_them_from_copies(world):
    """As the page says: copied beside the configuration, named without .lua."""
    for name in (*LOOKS, "teams.csv"):
        shutil.copy(EXAMPLES / name, world.path)
    shutil.copytree(EXAMPLES / "ocsf", world.path / "ocsf")
    world.use_clock()
    simulator = world.simulate("--events", "60", "--history", "1h", "--quirks", "off")
    account = world.account(simulator, "acme")
    pipelines = "\n".join(f'sink "{name}" {{ type = "file", path = "{world.output}/{name}/%{{source}}.ndjson" }}\n'
                          f'pipeline "{name}" {{ from = {{ "*" }}, transform = {{ "{script.removesuffix(".lua")}" }}, to = {{ "{name}" }} }}'
                          for name, script in zip(("flat", "ocsf", "cef"), LOOKS, strict=True))
    world.run_once(world.config(account, pipelines))
    for name, script in zip(("flat", "ocsf", "cef"), LOOKS, strict=True):
        files = {file.stem: file.read_text().split("\n")[:-1] for file in (world.output / name).glob("*.ndjson")}
        check(set(files) == SOURCES - ({"audit"} if name == "ocsf" else set()), f"{name}: {set(files)}")
        for lines in files.values():
            for line in lines:
                LOOKS[script](line)
