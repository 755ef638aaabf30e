"""Events as one stream after the other has them: many in a row of the same fields in the same order, and between them what is not quite
so. What a map remembers of the last events is right for the first kind and must not be for the second.

    tests/ecs/shapes.py COUNT [SEED]     prints such events
"""
import random
import sys

import inputs
import values
from events import ODD_NAMES, Event

SHAPES = 5       # of each source and log type
ODD_SHARE = 0.1  # of events that differ from their shape in something


def shapes_of(make, kinds):
    """Fields with their order, and the value in each place: good, null, "", missing, or one hostile kind."""
    for _, _, fields in kinds:
        made = []
        for number in range(SHAPES):
            order = [(name, kind, None) for name, kind in fields if number == 0 or make.random.random() < 0.9]
            if number > 1:
                make.random.shuffle(order)
            if number > 2:
                order = [(name, kind, make.pick(values.HOSTILE_NAMES) if make.random.random() < 0.2 else None) for name, kind, _ in order]
            made.append(order)
        yield made


def escaped(make, name):
    """The same name with one letter of it as \\u00XX."""
    place = make.below(len(name))
    return b'"%s\\u%04x%s"' % (name[:place].encode(), ord(name[place]), name[place + 1:].encode())


# Each changes one place of an event that is a list of (name, kind of good value or None, kind of hostile value or None).
def leave_out(make, members, place):
    del members[place]


def twice(make, members, place):
    members.insert(make.below(len(members) + 1), members[place])


def twice_as_null(make, members, place):
    members.insert(make.below(len(members) + 1), (members[place][0], None, make.pick(("null", "empty"))))


def turn(make, members, place):
    other = make.below(len(members))
    members[place], members[other] = members[other], members[place]


def shuffle(make, members, place):
    make.random.shuffle(members)


def escape_name(make, members, place):
    name, *values_of = members[place]
    if isinstance(name, str):
        members[place] = (escaped(make, name), *values_of)


def make_hostile(make, members, place):
    members[place] = (members[place][0], None, make.pick(values.HOSTILE_NAMES))


def make_nothing(make, members, place):
    members[place] = (members[place][0], None, make.pick(("null", "empty", "list", "object", "list of null")))


def add_name_of_ours(make, members, place):
    members.insert(place, (make.pick(inputs.OUR_NAMES), None, make.pick(values.HOSTILE_NAMES)))


def add_odd_name(make, members, place):
    members.insert(place, (make.pick(ODD_NAMES), None, "text"))


def other_letters(make, members, place):
    name, *values_of = members[place]
    if isinstance(name, str):
        members[place] = (make.pick((name.upper(), name.lower(), name + "2", name[:-1] or "x")), *values_of)


def one_long(make, members, place):
    members[place] = (members[place][0], "long", None)


ODDITIES = (leave_out, twice, twice_as_null, turn, shuffle, escape_name, make_hostile, make_nothing, add_name_of_ours, add_odd_name,
            other_letters)


def event_of(make, kinds, shapes, which, number):
    source, log_type, _ = kinds[which]
    event, members = Event(make, source, log_type, number), list(make.pick(shapes[which]))
    if make.random.random() < ODD_SHARE:
        for _ in range(1 + make.below(3)):
            if members:
                (one_long if number % 997 == 0 else make.pick(ODDITIES))(make, members, make.below(len(members)))
    for name, kind, hostile in members:
        if hostile:
            event.hostile(name, hostile)
        elif kind == "long":
            event.add(name, "long", values.long_text)
        else:
            event.good(name, kind)
    return event


def stream(seed, count):
    """Runs of one source, short and long, then another."""
    make = values.Maker(random.Random(seed))
    kinds = inputs.KINDS
    shapes, left, which = list(shapes_of(make, kinds)), 0, 0
    for number in range(count):
        if left == 0:
            left, which = make.pick((1, 3, 20, 100)), make.below(len(kinds))
        left -= 1
        yield event_of(make, kinds, shapes, which, number)


def main(count, seed=1):
    for event in stream(int(seed), int(count)):
        sys.stdout.buffer.write(event.line() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
