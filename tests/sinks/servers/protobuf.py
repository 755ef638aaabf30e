"""A strict reader of Protocol Buffers by a schema, and a writer of small answers: independent of the code under test. What a decoder
in the field may let pass is refused here: lengths written longer than need be, fields that nobody knows, default values that are spelt
out, a field twice, text that is no UTF-8."""
import struct

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Field:
    """`kind`: "text", "bytes", "fixed64", "fixed32", "int64", "enum", "bool", "double", or the schema of a message; of a `choice` one
    field is there at most, and its default value counts."""

    def __init__(self, name, kind, repeated=False, choice=False):
        self.name, self.kind, self.repeated, self.choice = name, kind, repeated, choice


WIRES = {"text": BYTES, "bytes": BYTES, "fixed64": FIXED64, "double": FIXED64, "fixed32": FIXED32, "int64": VARINT, "enum": VARINT,
         "bool": VARINT}


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise ValueError(f"{count} bytes at {self.at}, and there are {len(self.data) - self.at}")
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift > 63:
                raise ValueError("a varint without an end")
        if byte == 0 and shift > 7:
            raise ValueError(f"the varint {value} is written longer than need be")
        return value


def value_of(reader, kind):
    if kind == "fixed64":
        return struct.unpack("<Q", reader.take(8))[0]
    if kind == "double":
        return struct.unpack("<d", reader.take(8))[0]
    if kind == "fixed32":
        return struct.unpack("<I", reader.take(4))[0]
    if kind in ("int64", "enum", "bool"):
        value = reader.varint()
        if kind == "bool":
            return {0: False, 1: True}[value]
        return value - (1 << 64) if value >= 1 << 63 else value
    data = reader.take(reader.varint())
    return data.decode() if kind == "text" else bytes(data) if kind == "bytes" else decode(data, kind)


def decode(data, schema):
    """{name: value}; a repeated field is a list."""
    reader, found = Reader(data), {}
    while reader.at < len(data):
        tag = reader.varint()
        field = (schema() if callable(schema) else schema).get(tag >> 3)
        if field is None:
            raise ValueError(f"there is no field {tag >> 3}")
        if tag & 7 != WIRES.get(field.kind if isinstance(field.kind, str) else "", BYTES):
            raise ValueError(f"{field.name} has the wire type {tag & 7}")
        value = value_of(reader, field.kind)
        if field.repeated:
            found.setdefault(field.name, []).append(value)
            continue
        if field.name in found or (field.choice and found):
            raise ValueError(f"{field.name} beside {sorted(found)}")
        if not field.choice and isinstance(field.kind, str) and not value:
            raise ValueError(f"the default value of {field.name} is spelt out")
        found[field.name] = value
    return found


def varint(value):
    out = bytearray()
    while value > 0x7f:
        out.append(0x80 | value & 0x7f)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(*fields):
    """A message of (number, value): whole numbers and texts, or bytes of a message."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3 | VARINT) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | BYTES) + varint(len(data)) + data
    return out
