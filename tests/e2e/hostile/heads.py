"""Heads of answers: too long, too many, not HTTP."""
from hostile.mode import mode
from hostile.server import record, records_file

MANY = "more than 512 headers or 256 KiB"
LONG = "a header line of more than 100 KB"


@mode("header-of-a-megabyte", "retrying", LONG)
def _(talk, request):
    talk.head()
    talk.say(b"X-Long: " + b"a" * (1 << 20))


@mode("status-line-without-end", "retrying", LONG)
def _(talk, request):
    talk.say("HTTP/1.1 200 ")
    talk.forever(b"OK")


@mode("headers-without-end", "retrying", MANY, alone=True)
def _(talk, request):
    talk.head()
    talk.forever(b"X-More: and more, and more\r\n")


@mode("six-hundred-headers", "retrying", MANY)
def _(talk, request):
    return talk.answer("{}", *(f"X-{number}: 1" for number in range(600)))


@mode("header-continued-without-end", "retrying", MANY)
def _(talk, request):
    talk.head("200 OK", "X-Long: 1")
    talk.forever(b" and on\r\n")


@mode("continue-without-end", "retrying", MANY, alone=True)
def _(talk, request):
    talk.forever(b"HTTP/1.1 100 Continue\r\n\r\n")


@mode("early-hints-without-end", "retrying", MANY)
def _(talk, request):
    talk.forever(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")


@mode("cookies-without-end", "retrying", MANY)
def _(talk, request):
    talk.head()
    talk.forever(b"Set-Cookie: a=b; Path=/; Max-Age=99999999\r\n")


@mode("nul-in-a-header", "retrying", "NUL byte")
def _(talk, request):
    return talk.answer("{}", "X-A: a\0b")


@mode("header-without-a-colon", "retrying", "without a colon")
def _(talk, request):
    return talk.answer("{}", "this is no header")


@mode("header-folded", "ok", events=1)
def _(talk, request):
    if request.token:
        return talk.nothing_new()
    return talk.file(records_file([record(1)]), "folded", "X-Long: 1\r\n and\r\n\tmore")


@mode("two-lengths", "ok|retrying")
def _(talk, request):
    talk.head("200 OK", "Content-Length: 2", "Content-Length: 70")
    talk.say("\r\n{}")
    return False


@mode("negative-length", "retrying", "Content-Length that is no number")
def _(talk, request):
    talk.head(length=-5)
    talk.say("\r\n{}")


@mode("length-of-exabytes", "retrying|ok", "larger than|no mc-siem-token")
def _(talk, request):
    talk.head(length=9 * 10**18)
    talk.say("\r\n")
    talk.forever(b"{}")


@mode("length-beyond-numbers", "retrying|ok", "larger than|no mc-siem-token")
def _(talk, request):
    talk.head(length=10**30)
    talk.say("\r\n{}")


@mode("version-seven", "retrying", "unknown version of HTTP|does not begin as answers of HTTP do")
def _(talk, request):
    talk.say("HTTP/7.3 200 OK\r\nContent-Length: 2\r\n\r\n{}")


@mode("status-without-digits", "retrying", "unknown version of HTTP|does not begin as answers of HTTP do")
def _(talk, request):
    talk.say("HTTP/1.1 fine OK\r\nContent-Length: 2\r\n\r\n{}")


@mode("status-999", "failed|retrying", "999")
def _(talk, request):
    return talk.answer("{}", status="999 Odd")


@mode("no-head-at-all", "retrying", "does not begin as answers of HTTP do")
def _(talk, request):
    talk.say("<html>a login page</html>\n")


@mode("another-protocol", "retrying|failed", "101")
def _(talk, request):
    talk.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n{}")
