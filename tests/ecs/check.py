#!/usr/bin/env python3
"""Checks mapped events, one a line, as the strictest store would read them: valid UTF-8, strict JSON without a name twice, and
every field as ECS 8.17 has it (fields.tsv). Beside that, under `mimecast.`, one field is either an object or none on every line.

    tests/ecs/check.py FILE...     each kind of fault once, with its count and first line; exit code 1 if there is one
"""
import json
import re
import sys

import fields

# Roots under which the names are not ECS's.
FREE = {"mimecast"}
NEEDED = ("@timestamp", "ecs.version", "event.kind", "event.category", "event.type", "event.dataset", "event.module")
SURROGATE = re.compile("[\ud800-\udfff]")


class Refused(Exception):
    """What a strict JSON reader says no to."""


def members(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise Refused(f"a name twice in one object: {next(name for name in names if names.count(name) > 1)!r}")
    return found


def refuse(what):
    raise Refused(f"{what} is no number of JSON")


READER = json.JSONDecoder(object_pairs_hook=members, parse_constant=refuse)


def read(line):
    """The document of one line of bytes."""
    try:
        text = line.decode("utf-8")
        document, end = READER.raw_decode(text)
    except UnicodeDecodeError as error:
        raise Refused(f"no UTF-8: {error.reason}") from None
    except json.JSONDecodeError as error:
        raise Refused(f"no JSON: {error.msg}") from None
    except RecursionError:
        raise Refused("nested without end") from None
    if end != len(text):
        raise Refused("more behind the document")
    if not isinstance(document, dict):
        raise Refused("the document is no object")
    return document


class Checker:
    """Looks at one line after the other and gathers the faults."""

    def __init__(self, documented=None):
        """`documented`: the names under mimecast. that must keep one type; None = all."""
        self.list, self.documented = fields.read_list(), documented
        self.inner = {name[:i] for name in self.list for i in range(len(name)) if name[i] == "."} - set(self.list)
        self.lines, self.line, self.faults, self.shapes, self.seen = 0, b"", {}, {}, {}

    def fault(self, kind, value=None):
        """Counts it; the first of each kind keeps its line's number and the value."""
        count, *first = self.faults.get(kind, (0, self.lines, value, self.line))
        self.faults[kind] = (count + 1, *first)

    def check(self, line):
        self.lines += 1
        self.line = line
        try:
            document = read(line)
        except Refused as reason:
            self.fault(str(reason))
            return None
        if b"\\u" in line and has_surrogate(document):
            self.fault("half of a surrogate pair", line)
        event = document.get("event")
        dataset = event.get("dataset") if isinstance(event, dict) else None
        for name, value in document.items():
            if name in FREE:
                self.free(name, value, dataset)
            else:
                self.member(name, value, name)
        for name in NEEDED:
            if not lies_in(document, name):
                self.fault(f"{name} is not there")
        self.categories(event)
        return document

    # ---- Fields of ECS ----

    def member(self, path, value, name):
        if "." in name:
            self.fault(f"a name with a dot: {path}", value)
        field = self.list.get(path)
        if field:
            self.seen[path] = self.seen.get(path, 0) + 1
            self.field(field, value)
        elif path not in self.inner:
            self.fault(f"not in ECS: {path[:80]}", value)
        elif not isinstance(value, dict):
            self.fault(f"{path} is an object in ECS", value)
        else:
            self.inside(path, value)

    def inside(self, path, value):
        if not value:
            self.fault(f"{path} is empty", value)
        for name, member in value.items():
            self.member(f"{path}.{name}", member, name)

    def field(self, field, value):
        if isinstance(value, list) != field.many:
            self.fault(f"{field.name} is {'a list' if field.many else 'a single value'} in ECS", value)
        values = value if isinstance(value, list) else [value]
        if value == "" or not values:
            self.fault(f"{field.name} is empty", value)
        for one in values:
            self.value(field, one)

    def value(self, field, value):
        if not field.fits(value):
            self.fault(f"{field.name} is no {field.kind}", value)
        elif field.kind in ("object", "nested"):
            if field.name != "labels":
                self.inside(field.name, value)
        elif field.values and value not in field.values:
            self.fault(f"{field.name} has a value that ECS does not allow", value)
        elif field.rule and not field.rule(value):
            self.fault(f"{field.name}: {field.rule.__name__.replace('_', ' ')} does not hold", value)

    def categories(self, event):
        """Each type of an event is one that ECS expects of one of its categories."""
        if not isinstance(event, dict) or not isinstance(event.get("category"), list) or not isinstance(event.get("type"), list):
            return
        known = self.list["event.category"].values
        expected = {one for category in event["category"] if isinstance(category, str) for one in known.get(category, ())}
        for one in event["type"]:
            if one not in expected:
                self.fault("event.type does not go with event.category", [event["category"], event["type"]])

    # ---- What is not of ECS ----

    def free(self, path, value, dataset):
        """Each dataset is an index of its own."""
        if not isinstance(value, dict):
            self.fault(f"{path} is no object", value)
            return
        for name, member in value.items():
            if self.documented is None or name in self.documented:
                self.shape(f"{path}.{name}", dataset, member)

    def shape(self, path, dataset, value):
        """An object on one line and none on another: the store refuses whichever comes second."""
        shapes = {isinstance(one, dict) for one in flattened(value) if one is not None}
        if shapes and shapes != self.shapes.setdefault((dataset, path), shapes):
            self.fault(f"{path} is an object on one line and none on another", value)

    def report(self):
        for kind, (count, line, value, _) in sorted(self.faults.items(), key=lambda item: -item[1][0]):
            yield f"{count:7}  {kind}  (first in line {line}{'' if value is None else ': ' + ascii(value)[:120]})"


def flattened(value):
    """A list counts as its elements, as in Elasticsearch."""
    if not isinstance(value, list):
        yield value
        return
    for one in value:
        yield from flattened(one)


def has_surrogate(value):
    if isinstance(value, str):
        return SURROGATE.search(value) is not None
    if isinstance(value, dict):
        return any(has_surrogate(name) or has_surrogate(member) for name, member in value.items())
    return isinstance(value, list) and any(map(has_surrogate, value))


def lies_in(document, path):
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document is not None


def main(files):
    checker = Checker()
    for file in files:
        with open(file, "rb") as lines:
            for line in lines:
                checker.check(line.rstrip(b"\n"))
    print(*checker.report(), sep="\n")
    print(f"{checker.lines} lines, {len(checker.faults)} kinds of fault")
    return 1 if checker.faults or not checker.lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
