"""Archives: small on the wire, large or crooked inside. Whatever comes of a file, the stream goes on behind it."""
import functools
import io
import struct
import zipfile

from hostile.mode import mode
from hostile.server import record, records_file

ONE = records_file([record(1)]).encode()


def zip_of(*members, method=zipfile.ZIP_DEFLATED):
    """Members are (name, bytes)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=9) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def once(make):
    """A log file that is served once; behind it is nothing new."""
    def act(talk, request):
        return talk.nothing_new() if request.token else talk.file(act.prepare(), "behind")
    act.prepare = functools.cache(make)  # made before anybody waits for it
    return act


def blanks(megabytes, tail=b""):
    """A member that unpacks to so many blanks, without ever holding them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with archive.open("receipt_1.json", "w", force_zip64=True) as member:
            for _ in range(megabytes):
                member.write(b" " * (1 << 20))
            member.write(tail)
    return out.getvalue()


def large_file(megabytes):
    """A member of good records, 16 to the megabyte, never held as a whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("receipt_1.json", "w", force_zip64=True) as member:
            member.write(b'{"type":"MTA","data":[')
            for number in range(16 * megabytes):
                member.write((b"," if number else b"") + b'{"n":%d,"text":"' % number + b"a" * 65500 + b'"}')
            member.write(b"]}")
    return out.getvalue()


mode("zip-of-one-good-file", "ok", events=1)(once(lambda: zip_of(("receipt_1.json", ONE))))
mode("zip-bomb-beyond-the-limit", "ok", events=0, set_aside=1, alone=True, at_once=2)(once(lambda: blanks(600)))
mode("zip-bomb-of-zeros", "ok", set_aside=1, alone=True, at_once=2)(
    once(lambda: zip_of(("receipt_1.json", bytes(200 << 20)))))
mode("zip-member-of-410-megabytes", "ok", events=6560, set_aside=0, alone=True)(once(lambda: large_file(410)))
mode("zip-in-a-zip", "ok", set_aside=1)(once(lambda: zip_of(("inner.zip", zip_of(("receipt_1.json", ONE))))))
mode("zip-of-many-members", "ok", set_aside=1, alone=True)(
    once(lambda: zip_of(*((f"receipt_{number}.json", b"") for number in range(20000)), method=zipfile.ZIP_STORED)))


# ---- Crooked ones

def member(name, data, size=None):
    """Local header and central entry of a stored member; `size` is what it claims to unpack to."""
    size = len(data) if size is None else size
    checksum = zipfile.crc32(data)
    fields = struct.pack("<HHHHHIII", 20, 0, 0, 0, 0x21, checksum, len(data), size)
    local = b"PK\3\4" + fields + struct.pack("<HH", len(name), 0) + name + data
    return local, lambda offset: b"PK\1\2" + struct.pack("<H", 20) + fields + struct.pack(
        "<HHHHHII", len(name), 0, 0, 0, 0, 0, offset) + name


def archive(locals_, entries, count=None):
    directory = b"".join(entries)
    count = len(entries) if count is None else count
    return locals_ + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(locals_), 0)


def twins():
    """Two members of one name; their equal events are two."""
    local, entry = member(b"receipt_1.json", ONE)
    return local * 2, [entry(0), entry(len(local))]


def overlapping():
    """Thousands of entries for one and the same megabyte."""
    local, entry = member(b"receipt_1.json", records_file([record(1, padding="a" * (1 << 20))]).encode())
    return archive(local, [entry(0)] * 2000)


def lying_sizes():
    local, entry = member(b"receipt_1.json", ONE, size=0xFFFFFFF0)
    return archive(local, [entry(0)])


def zip64_lies():
    """A zip64 extra field says that the member and its place are beyond all numbers."""
    name, extra = b"receipt_1.json", struct.pack("<HHQQQ", 1, 24, 2**63, 2**63, 2**63 - 1)
    local, _ = member(name, ONE)
    fields = struct.pack("<HHHHHIII", 45, 0, 0, 0, 0x21, zipfile.crc32(ONE), 0xFFFFFFFF, 0xFFFFFFFF)
    entry = b"PK\1\2" + struct.pack("<H", 45) + fields + struct.pack(
        "<HHHHHII", len(name), len(extra), 0, 0, 0, 0, 0xFFFFFFFF) + name + extra
    return archive(local, [entry])


def directory_of_lies():
    local, entry = member(b"receipt_1.json", ONE)
    return archive(local, [entry(0)], count=0xFFFF)


mode("zip-members-of-one-name", "ok", events=2)(once(lambda: archive(*twins())))
mode("zip-members-overlap", "ok", alone=True)(once(overlapping))
mode("zip-sizes-lie", "ok|retrying")(once(lying_sizes))
mode("zip64-lies", "ok|retrying")(once(zip64_lies))
mode("zip-count-lies", "ok|retrying")(once(directory_of_lies))
mode("zip-cut-off", "ok", set_aside=1)(once(lambda: zip_of(("receipt_1.json", ONE * 100), method=zipfile.ZIP_STORED)[:-200]))
