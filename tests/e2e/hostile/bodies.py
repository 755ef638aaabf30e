"""Bodies: chunks, lengths, codings, and answers that do not come."""
import gzip
import zlib

from hostile.mode import TTP_URL, mode
from hostile.server import record, records_file

CHUNKED = ("200 OK", "Transfer-Encoding: chunked", "mc-siem-token: t")
IN_TIME = "in time"


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@mode("trailers-without-end", "retrying", "more than 512 headers or 256 KiB", alone=True, events=0)
def _(talk, request):
    talk.head(*CHUNKED)
    talk.say(b"\r\n" + chunk(records_file([record(0)]).encode()) + b"0\r\n")
    talk.forever(b"X-Trailer: and another\r\n")


@mode("trailer-of-a-megabyte", "retrying", "a header line of more than 4 KB")
def _(talk, request):
    talk.head(*CHUNKED)
    talk.say(b"\r\n" + chunk(b"{}") + b"0\r\nX-Trailer: " + b"a" * (1 << 20))


@mode("chunk-extension-without-end", "retrying", IN_TIME, alone=True)
def _(talk, request):
    talk.head(*CHUNKED)
    talk.say("\r\n2;a=")
    talk.forever(b"aaaaaaaa")


@mode("chunk-size-overflows", "retrying", "a chunk whose size is no number, or too large a one")
def _(talk, request):
    talk.head(*CHUNKED)
    talk.say("\r\nfffffffffffffffffffff\r\n{}")


@mode("chunk-size-without-end", "retrying", "a chunk whose size is no number, or too large a one")
def _(talk, request):
    talk.head(*CHUNKED)
    talk.say("\r\n")
    talk.forever(b"0")


@mode("chunk-size-is-a-word", "retrying", "a chunk whose size is no number, or too large a one")
def _(talk, request):
    talk.head(*CHUNKED)
    talk.say("\r\nmany\r\n{}")


@mode("close-within-a-chunk", "retrying", "broke after")
def _(talk, request):
    talk.head(*CHUNKED)
    talk.say("\r\nff\r\n{\"data\":")


@mode("chunks-without-end", "ok|retrying", "larger than|^$", alone=True, set_aside=1)
def _(talk, request):
    if request.token:
        return talk.nothing_new()
    talk.head(*CHUNKED)
    talk.say("\r\n")
    talk.forever(chunk(b'{"type":"MTA","data":[' + b" " * 60000))


@mode("early-close", "retrying", "broke after")
def _(talk, request):
    talk.head(length=1000)
    talk.say("\r\n{\"data\":[")


@mode("reset-within-the-body", "retrying", "broke after")
def _(talk, request):
    talk.head(length=1000)
    talk.say("\r\n{\"data\":[")
    return talk.reset()


@mode("close-without-a-word", "retrying", "broke after 0 bytes")
def _(talk, request):
    return False


@mode("stall-after-the-head", "retrying", IN_TIME)
def _(talk, request):
    talk.head(length=100)
    talk.say("\r\n")
    return talk.wait_for_close()


@mode("stall-without-a-word", "retrying", IN_TIME)
def _(talk, request):
    return talk.wait_for_close()


@mode("head-that-drips", "retrying", IN_TIME)
def _(talk, request):
    talk.head()
    talk.drip("X", 0.2)


@mode("body-that-drips", "retrying", IN_TIME)
def _(talk, request):
    talk.head(length=1 << 20)
    talk.say("\r\n")
    talk.drip(" ", 0.2)


@mode("204-with-a-body", "retrying|failed", "204")
def _(talk, request):
    talk.head("204 No Content", length=100)
    talk.say("\r\n" + "a" * 100)
    return False


@mode("206-of-a-file", "retrying|failed", "206")
def _(talk, request):
    return talk.answer("{}", "Content-Range: bytes 0-1/100", status="206 Partial Content")


@mode("html-instead", "retrying", "answers in Mimecast's place|cannot be read", stream=TTP_URL)
def _(talk, request):
    return talk.answer("<html><body>Please log in</body></html>", "Content-Type: text/html")


@mode("html-as-a-file", "retrying", "cannot be read")
def _(talk, request):
    return talk.answer("<html><body>Please log in</body></html>", "Content-Type: application/octet-stream")


# ---- Codings

BOMB = gzip.compress(bytes(16 << 20), 9) * 32  # half a gigabyte of zeros in half a megabyte


@mode("gzip-coding-bomb", "retrying|ok", "larger than|^$", alone=True, stream=TTP_URL)
def _(talk, request):
    return talk.answer(BOMB, "Content-Encoding: gzip", "Content-Type: application/json")


@mode("gzip-of-nothing-without-end", "retrying", "larger than|in time", alone=True, stream=TTP_URL)
def _(talk, request):
    talk.head("200 OK", "Content-Encoding: gzip")
    talk.say(b"\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03")
    talk.forever(b"\0\0\0\xff\xff")


@mode("gzip-members-without-end", "retrying", "larger than|in time", stream=TTP_URL)
def _(talk, request):
    talk.head("200 OK", "Content-Encoding: gzip")
    talk.say(b"\r\n")
    talk.forever(gzip.compress(b""))


@mode("deflate-coding", "retrying", "coding \"deflate\", which was not asked for")
def _(talk, request):
    return talk.answer(zlib.compress(b"{}"), "Content-Encoding: deflate")


@mode("coding-is-a-lie", "retrying", "not the gzip that it claims to be")
def _(talk, request):
    return talk.answer("{}", "Content-Encoding: gzip")


@mode("transfer-coding-bomb", "retrying", "transfer coding \"gzip, gzip, chunked\", which was not asked for", alone=True)
def _(talk, request):
    talk.head("200 OK", "Transfer-Encoding: gzip, gzip, chunked")
    talk.say("\r\n")
    talk.forever(chunk(gzip.compress(BOMB)))
