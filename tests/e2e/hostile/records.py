"""Records and pages: floods of tiny ones, tokens that lead nowhere, JSON that is too deep or too wide."""
import functools
import json
import time

from hostile.archives import once, zip_of
from hostile.mode import TTP_URL, mode
from hostile.server import click, record, records_file


def page(talk, records, following=None):
    pagination = {"pageSize": 100, **({"next": following} if following else {})}
    body = f'{{"meta":{{"status":200,"pagination":{json.dumps(pagination)}}},"data":[{{"clickLogs":{records}}}],"fail":[]}}'
    return talk.answer(body, "Content-Type: application/json")


# ---- Floods: what one answer makes is bounded, and the stream goes on

def flood_file(element, count):
    return zip_of(("receipt_1.json", b'{"type":"MTA","data":[' + b",".join([element] * count) + b"]}"))


mode("flood-of-empty-objects", "ok", alone=True)(once(lambda: flood_file(b"{}", 4_000_000)))
mode("flood-of-zeros", "ok", alone=True, events=0, set_aside=1)(once(lambda: flood_file(b"0", 4_000_000)))
mode("flood-of-empty-lists", "ok", alone=True, events=0, set_aside=1)(once(lambda: flood_file(b"[]", 4_000_000)))
mode("flood-of-broken-objects", "ok", alone=True, set_aside=1)(once(lambda: flood_file(b'{"a"}', 2_000_000)))
mode("flood-of-lines", "ok", alone=True)(once(lambda: zip_of(("receipt_1.log", b"a=b\n" * 4_000_000))))
mode("flood-of-lines-that-are-none", "ok", alone=True, set_aside=1)(
    once(lambda: zip_of(("receipt_1.log", b"datetime=1|a=b\n" + b"x\n" * 4_000_000))))


@functools.cache
def bad_page():
    return "[" + ",".join(["0"] * 2_000_000) + "]"


@mode("page-of-zeros", "ok", events=0, set_aside=1, stream=TTP_URL, alone=True)
def _(talk, request):
    return page(talk, bad_page())


# ---- Tokens

@mode("page-that-names-itself", "retrying|ok", stream=TTP_URL, requests=400)
def _(talk, request):
    return page(talk, json.dumps([click(talk.server.now_ms())]), "the-same")


@mode("token-stands-still", "retrying", requests=400)
def _(talk, request):
    return talk.file(records_file([record(1)]), request.token or "first")


@mode("no-token-behind-a-file", "retrying", requests=400)
def _(talk, request):
    return talk.answer(records_file([record(1)]), "Content-Type: application/octet-stream")


@mode("ever-new-tokens-with-known-events", "retrying", requests=2000)
def _(talk, request):
    return talk.file(records_file([record(1)]), f"t{time.monotonic_ns()}")


@mode("tokens-go-round", "retrying", requests=400)
def _(talk, request):
    following = {"a": "b", "b": "c", "c": "a"}.get(request.token, "a")
    return talk.file(records_file([record(following)]), following)


@mode("pages-go-round", "ok", stream=TTP_URL, requests=400)
def _(talk, request):
    following = {"a": "b", "b": "c", "c": "a"}.get(request.page, "a")
    return page(talk, json.dumps([click(1_767_258_000_000)]), following)


@mode("token-of-a-megabyte", "retrying", "headers|header line", events=0)
def _(talk, request):
    return talk.file(records_file([record(1)]), "t" * (1 << 20))


@mode("token-of-80-kilobytes", "retrying", "longer than 64 KiB|more than", events=0)
def _(talk, request):
    return talk.file(records_file([record(1)]), "t" * (80 << 10))


@mode("page-token-of-a-megabyte", "retrying", "longer than 64 KiB", stream=TTP_URL)
def _(talk, request):
    return page(talk, json.dumps([click(talk.server.now_ms())]), "t" * (1 << 20))


@mode("page-token-of-nul", "retrying", "NUL", stream=TTP_URL)
def _(talk, request):
    return page(talk, json.dumps([click(talk.server.now_ms())]), "a\0b")


# ---- JSON

@mode("json-of-depth-100000", "ok|retrying", stream=TTP_URL)
def _(talk, request):
    return page(talk, '[{"a":' + "[" * 100_000 + "]" * 100_000 + "}]")


@mode("envelope-of-depth-100000", "retrying", "cannot be read|deep", stream=TTP_URL)
def _(talk, request):
    return talk.answer('{"meta":' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}")


@mode("envelope-that-never-closes", "retrying", "", stream=TTP_URL)
def _(talk, request):
    return talk.answer("[" * 1_000_000)


@mode("key-of-a-megabyte", "ok|retrying", stream=TTP_URL)
def _(talk, request):
    return page(talk, json.dumps([{"k" * (1 << 20): 1}]))


@mode("record-beyond-its-limit", "ok", set_aside=1)
def _(talk, request):
    if request.token:
        return talk.nothing_new()
    return talk.file(records_file([record(1), {"a": "b" * (6 << 20)}]), "behind")


@mode("many-keys", "ok", events=1)
def _(talk, request):
    if request.token:
        return talk.nothing_new()
    return talk.file(records_file([{f"key-{number}": number for number in range(100_000)}]), "behind")


@mode("the-same-key-often", "ok")
def _(talk, request):
    if request.token:
        return talk.nothing_new()
    return talk.file('{"type":"MTA","data":[{' + ",".join(['"a":1'] * 100_000) + "}]}", "behind")


@mode("invalid-utf8", "ok|retrying")
def _(talk, request):
    if request.token:
        return talk.nothing_new()
    return talk.file(b'{"type":"MTA","data":[{"Sender":"\xff\xfe\xc0\x80"}]}', "behind")


@mode("numbers-beyond-all", "ok", stream=TTP_URL)
def _(talk, request):
    return page(talk, '[{"a":1e999999,"b":' + "9" * 100_000 + "}]")
