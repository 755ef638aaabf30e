#!/usr/bin/env python3
"""Hostile events of every source, as `postern tap` prints them, and what must be found of each in what comes out.

    tests/ecs/events.py COUNT [SEED]     prints such events
"""
import random
import sys

import inputs
import values

ENVELOPE = b'{"postern":{"account":"acme","source":"%s","stream":"%s","type":"%s","id":"%032x","received":1764151300000,"time":1764151200000},"event":{%s}}'
ODD_NAMES = (b'""', b'"a.b"', b'"..."', b'"\\u0000"', b'"\\ud83d"', b'"a\xff"', b'"' + b"n" * 300 + b'"', b'"with blank"', b'"name_2"', b'"__proto__"',
             b'"\xe2\x80\xae"', b'"\\"quoted\\""', b'"event.kind"', b'"mimecast.x"')


class Event:
    """One event: its line, and its marks with the field and the kind of value that hold them."""

    def __init__(self, make, source, log_type, number):
        self.make, self.source, self.log_type, self.number = make, source, log_type, number
        self.members, self.marks = [], []

    def add(self, name, value_name, make_value):
        """A member; `name` is a text, or the JSON bytes of one."""
        self.make.begin()
        value = make_value(self.make)
        self.members.append((name if isinstance(name, bytes) else values.text(name)) + b":" + value)
        self.marks += [(mark, name, value_name) for mark in self.make.marks if mark in value]

    def good(self, name, kind):
        self.add(name, "good", lambda make: values.good(make, kind))

    def hostile(self, name, value_name=None):
        value_name = value_name or self.make.pick(values.HOSTILE_NAMES)
        self.add(name, value_name, values.HOSTILE[value_name])

    def line(self):
        source, stream = self.source.encode(), inputs.STREAMS.get(self.source, self.source).encode()
        return ENVELOPE % (source, stream, self.log_type.encode(), self.number, b",".join(self.members))


def fuzzed(make, number):
    """An event of any source: some of its fields are hostile, some are missing, some stand twice or in other letters."""
    chance = make.random.random
    source, log_type, fields = make.pick(inputs.KINDS)
    event = Event(make, source, log_type, number)
    hostile = make.pick((0, 0.05, 0.3, 1))
    for name, kind in fields:
        if chance() < 0.05:
            continue
        shown = make.pick((name.lower(), name.upper())) if hostile and chance() < 0.02 else name
        if chance() < hostile:
            event.hostile(shown)
        else:
            event.good(shown, kind)
        if hostile and chance() < 0.02:
            event.hostile(shown)
    if hostile and chance() < 0.3:
        event.hostile(make.pick(inputs.OUR_NAMES))
    if hostile and chance() < 0.1:
        event.hostile(make.pick(ODD_NAMES))
    if number % 1000 == 0:
        event.add(make.pick(fields)[0] if chance() < 0.5 else "long", "long", values.long_text)
    return event


def stream(seed, count):
    make = values.Maker(random.Random(seed))
    for number in range(count):
        yield fuzzed(make, number)


def sweep(seed):
    """Each field of each source with each hostile value, one at a time; all other fields are good."""
    make, number = values.Maker(random.Random(seed)), 0
    for source, log_type, pairs in inputs.KINDS:
        for swept, _ in pairs:
            for value_name in values.HOSTILE_NAMES:
                event = Event(make, source, log_type, number)
                for name, kind in pairs:
                    if name == swept:
                        event.hostile(name, value_name)
                    else:
                        event.good(name, kind)
                number += 1
                yield event


def main(count, seed=1):
    for event in stream(int(seed), int(count)):
        sys.stdout.buffer.write(event.line() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
