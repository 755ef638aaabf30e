"""The checker finds each kind of fault: a good event with one thing made wrong."""
import copy
import json

from check import Checker
from harness import check

GOOD = {
    "@timestamp": "2026-11-26T09:00:00.000Z", "ecs": {"version": "8.17.0"}, "message": "m", "tags": ["a"], "labels": {"x": "y"},
    "event": {"kind": "event", "category": ["email"], "type": ["info"], "dataset": "mimecast.x", "module": "mimecast",
              "outcome": "success", "created": "2026-11-26T10:00:00.123456+01:00", "risk_score": 1.5, "severity": 3},
    "source": {"ip": "192.0.2.1", "port": 25, "domain": "mail.bücher.example", "geo": {"location": {"lat": 1.5, "lon": 2}}},
    "client": {"ip": "2001:db8::1"},
    "user": {"email": "ann@example.com", "name": "ann", "domain": "example.com", "roles": ["admin"]},
    "email": {"from": {"address": ["bob@[192.0.2.1]", '"a b"@example.net']}, "direction": "inbound", "message_id": "<1@x>",
              "attachments": [{"file": {"name": "a.pdf", "extension": "pdf", "size": 0, "hash": {"md5": "0" * 32, "sha256": "a" * 64}}}]},
    "url": {"domain": "[2001:db8::2]", "scheme": "https", "port": 443, "original": "https://[2001:db8::2]"},
    "tls": {"established": True}, "related": {"ip": ["192.0.2.1"], "hash": ["b" * 40], "hosts": ["x.example"], "user": ["ann"]},
    "mimecast": {"hits": 3, "tagMap": {"a": []}, "odd": None},
}

# Path, the wrong value, a part of what is said.
WRONG = [
    ("source.ip", "192.0.2.7, Browser: Firefox", "source.ip is no ip"), ("source.ip", "fe80::1%eth0", "source.ip is no ip"),
    ("source.ip", ["192.0.2.1"], "source.ip is a single value"), ("source.ip", "", "source.ip is empty"),
    ("source.ip", None, "source.ip is no ip"), ("related.ip", "192.0.2.1", "related.ip is a list"),
    ("related.ip", ["192.0.2.1", "x"], "related.ip is no ip"), ("related.ip", [], "related.ip is empty"),
    ("source.port", 99999, "source.port: is port"), ("source.port", -1, "source.port: is port"), ("source.port", "25", "source.port is no long"),
    ("source.port", 25.0, "source.port is no long"), ("source.port", True, "source.port is no long"),
    ("source.domain", "Ann Lee <ann@example.com>", "source.domain: is domain"), ("source.domain", "a..b", "source.domain: is domain"),
    ("source.domain", "-a.example", "source.domain: is domain"), ("source.domain", "a" * 64, "source.domain: is domain"),
    ("source", "x", "source is an object"), ("source", {}, "source is empty"), ("source.ip_address", "x", "not in ECS: source.ip_address"),
    ("source.geo.location", {"lat": 1}, "no geo_point"), ("host", {"name": "x"}, "not in ECS: host"), ("event.kind", "mail", "does not allow"),
    ("event.outcome", "maybe", "does not allow"), ("event.category", ["mail"], "does not allow"), ("event.category", "email", "event.category is a list"),
    ("event.type", ["start"], "does not go with event.category"), ("event.type", ["new"], "does not allow"),
    ("event.created", "2026-11-26 10:00:00Z", "event.created is no date"), ("event.created", "2026-02-30T10:00:00Z", "event.created is no date"),
    ("event.created", 1764151200000, "event.created is no date"), ("event.created", "2026-11-26T10:00:00", "event.created is no date"),
    ("@timestamp", "now", "@timestamp is no date"), ("event.risk_score", "1.5", "event.risk_score is no float"),
    ("event.severity", 2**63, "event.severity is no long"), ("event.severity", 1e3, "event.severity is no long"),
    ("event.action", {"a": 1}, "event.action is no keyword"), ("event.action", 5, "event.action is no keyword"),
    ("tls.established", "true", "tls.established is no boolean"), ("user.email", ["a@b"], "user.email is a single value"),
    ("user.email", "ann", "user.email: is address"), ("user.domain", "a b", "user.domain: is domain"),
    ("email.from.address", ["Ann <ann@example.com>"], "email.from.address: is address"), ("email.from.address", ["a@b@c"], "is address"),
    ("email.from.address", ["ann@x y"], "is address"), ("email.from.address", ["@example.com"], "is address"),
    ("email.direction", "default route", "email.direction: is direction"), ("email.attachments", {"file": {"name": "x"}}, "email.attachments is a list"),
    ("email.attachments", ["x"], "email.attachments is no nested"), ("email.attachments", [{"name": "x"}], "not in ECS: email.attachments.name"),
    ("email.attachments", [{}], "email.attachments is empty"), ("email.attachments", [{"file": {"size": -1}}], "is not negative"),
    ("email.attachments", [{"file": {"size": 10**20}}], "size is no long"), ("email.attachments", [{"file": {"extension": "2 final"}}], "is extension"),
    ("email.attachments", [{"file": {"hash": {"sha256": "a" * 32}}}], "hash.sha256"), ("email.attachments", [{"file": {"hash": {"md5": "g" * 32}}}], "hash.md5"),
    ("related.hash", ["abc"], "related.hash: is hash"), ("related.hosts", ["a b"], "related.hosts: is host"),
    ("url.domain", "a b", "url.domain: is host"), ("url.domain", "[::1", "url.domain"), ("url.scheme", "1x", "url.scheme: is scheme"),
    ("message", ["a"], "message is a single value"), ("event.kind", None, "event.kind is no keyword"), ("mimecast", "x", "mimecast is no object"),
    ("event.sub.kind", "x", "not in ECS: event.sub"), ("labels", "x", "labels is no object"),
]

# Bytes in the line, what stands there instead, a part of what is said.
LINES = [
    (b'"message": "m"', b'"message": "\xff"', "no UTF-8"), (b'"message": "m"', b'"message": "\xed\xa0\x80"', "no UTF-8"),
    (b'"message": "m"', b'"message": "\xc0\xaf"', "no UTF-8"), (b'"message": "m"', b'"message": "\\ud83d"', "half of a surrogate pair"),
    (b'"hits": 3', b'"hits": 3, "\\udc00": 1', "half of a surrogate pair"), (b'"message": "m"', b'"message": "a\x01"', "no JSON"),
    (b'"hits": 3', b'"hits": NaN', "NaN is no number"), (b'"hits": 3', b'"hits": -Infinity', "Infinity is no number"),
    (b'"hits": 3', b'"hits": 03', "no JSON"), (b'"hits": 3', b'"hits": 3, "hits": 4', "a name twice"),
    (b'"hits": 3', b'"hits": 3, "o": {"a": 1, "a": 1}', "a name twice"), (b'"message": "m"', b'"message": "m", "message": "m"', "a name twice"),
    (b'"hits": 3', b'"hits": 3,', "no JSON"), (b'"message": "m"', b'"event.kind": "event"', "a name with a dot"),
    (b'"message": "m"', b"'message': 'm'", "no JSON"),
]


def line_of(document):
    return json.dumps(document, ensure_ascii=False).encode()


def faults(*lines, documented=None):
    checker = Checker(documented)
    for line in lines:
        checker.check(line)
    return list(checker.faults)


def with_value(path, value):
    document = copy.deepcopy(GOOD)
    *parents, last = path.split(".")
    place = document
    for name in parents:
        place = place.setdefault(name, {})
    place[last] = value
    return line_of(document)


def test_a_good_event_has_no_fault(_world):
    check(not faults(line_of(GOOD), line_of(GOOD)), lambda: f"{faults(line_of(GOOD))}")
    ascii_line = json.dumps({**GOOD, "message": "\U0001f600"}).encode()  # a whole pair of surrogates
    check(not faults(ascii_line), lambda: f"{faults(ascii_line)}")


def test_each_wrong_value_is_found(_world):
    for path, value, said in WRONG:
        found = faults(line_of(GOOD), with_value(path, value))
        check(any(said in fault for fault in found), f"{path} = {value!r}: {said!r} is not in {found}")


def test_each_broken_line_is_found(_world):
    for old, new, said in LINES:
        line = line_of(GOOD)
        check(line.count(old) == 1, f"{old} is not once in the good event")
        found = faults(line.replace(old, new))
        check(any(said in fault for fault in found), f"{new}: {said!r} is not in {found}")
    for line, said in ((b"", "no JSON"), (b"[]", "the document is no object"), (line_of(GOOD) + b" {}", "more behind"),
                       (b"{}", "@timestamp is not there"), (b"[" * 100000, "without end")):
        found = faults(line)
        check(any(said in fault for fault in found), f"{line[:20]}: {said!r} is not in {found}")


def test_one_field_is_an_object_everywhere_or_nowhere(_world):
    kinds = {"object": {"a": 1}, "objects": [{"a": 1}], "text": "x", "texts": ["x"], "number": 5, "list of lists": [["x"]]}
    objects = {"object", "objects"}
    for first, one in kinds.items():
        for second, other in kinds.items():
            lines = with_value("mimecast.tagMap", one), with_value("mimecast.tagMap", other)
            found = faults(*lines)
            expected = [] if (first in objects) == (second in objects) else ["mimecast.tagMap is an object on one line and none on another"]
            check(found == expected, f"{first} and {second}: {found}")
            check(not faults(*lines, documented={"hits"}), "a field that is not documented may be anything")
    check(faults(with_value("mimecast.tagMap", [{}, 1]), with_value("mimecast.tagMap", {})), "both in one list")


def test_each_kind_is_told_once_with_its_first_line(_world):
    checker = Checker()
    for line in (line_of(GOOD), with_value("source.ip", "x"), with_value("source.ip", "y")):
        checker.check(line)
    check([line.split() for line in checker.report()] == ["2 source.ip is no ip (first in line 2: 'x')".split()], list(checker.report()))
