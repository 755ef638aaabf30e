"""Texts that reach people: names and words with control characters, and what must never be echoed."""
from hostile.archives import zip_of
from hostile.mode import TTP_URL, mode
from hostile.server import record, records_file

EVIL = "\x1b]0;owned\x07\x1b[2J\x1b[31m"
BAD = b'{"type":"MTA","data":[0,1]}'


def file(name, body, *headers):
    @mode(name, "ok", set_aside=1)
    def _(talk, request):
        return talk.nothing_new() if request.token else talk.file(body, "behind", *headers)


file("file-name-with-escapes", BAD, f'Content-Disposition: attachment; filename="receipt{EVIL}.json"')
file("member-name-with-escapes", zip_of((f"receipt{EVIL}\x9b31m\u202e.json", BAD)))
file("member-name-with-newlines", zip_of(("receipt\r\n2026-01-01 error all is lost\n.json", BAD)))
file("member-name-of-a-path", zip_of(("../../../../etc/passwd", BAD), ("/etc/shadow", BAD)))
file("member-name-of-60-kilobytes", zip_of(("receipt_" + "a" * 60_000, BAD)))


@mode("error-with-escapes", "retrying|failed", "owned|err_no", stream=TTP_URL)
def _(talk, request):
    return talk.json({"meta": {"status": 400}, "data": [], "fail": [{"errors": [{"code": "err_no", "message": EVIL}]}]})


@mode("error-of-a-megabyte", "retrying|failed", "err_no", stream=TTP_URL)
def _(talk, request):
    return talk.json({"meta": {"status": 400}, "fail": [{"errors": [{"code": "err_no", "message": "a" * (1 << 20)}]}]})


@mode("error-that-echoes-the-credentials", "retrying|failed", "err_no", stream=TTP_URL)
def _(talk, request):
    echoed = dict(request.headers)
    return talk.json({"meta": {"status": 400}, "data": [],
                      "fail": [{"key": echoed, "errors": [{"code": "err_no", "message": "no", "field": "from"}]}]})


@mode("type-with-escapes", "retrying", "cannot be read", stream=TTP_URL)
def _(talk, request):
    return talk.answer("no", f"Content-Type: text/{EVIL}")


@mode("token-with-escapes", "ok", events=1)
def _(talk, request):
    return talk.nothing_new() if request.token else talk.file(records_file([record(1)]), EVIL.replace("\x07", ""))


@mode("redirect-with-escapes", "retrying", "which is not followed")
def _(talk, request):
    return talk.answer("", f"Location: https://example.com/{EVIL}", status="302 Found")
