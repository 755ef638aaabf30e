"""Statuses, redirects, and waits that are asked for."""
from hostile.mode import TTP_URL, mode
from hostile.server import http_date

REDIRECT = "which is not followed"


def redirect(name, location, status="302 Found"):
    @mode(name, "retrying", REDIRECT)
    def _(talk, request):
        return talk.answer("", f"Location: {location}", status=status)


redirect("redirect-to-loopback", "https://127.0.0.1:1/api/audit/get-siem-logs", "307 Temporary Redirect")
redirect("redirect-to-plain-http", "http://example.com/steal")
redirect("redirect-to-a-file", "file:///etc/passwd", "301 Moved Permanently")
redirect("redirect-with-a-password", "https://user:hunter2@example.com/in", "308 Permanent Redirect")
redirect("redirect-to-nowhere", "")
redirect("redirect-of-a-hundred-kilobytes", "https://example.com/" + "a" * 90_000)


@mode("redirect-to-itself", "retrying", REDIRECT, requests=400)
def _(talk, request):
    return talk.answer("", f"Location: {talk.server.base_url}{request.path}", status="302 Found")


@mode("not-modified", "retrying|failed", "304")
def _(talk, request):
    talk.head("304 Not Modified")
    talk.say("\r\n")
    return True


def refusal(name, state, words, status, *headers, **more):
    @mode(name, state, words, **more)
    def _(talk, request):
        return talk.answer('{"fail":[{"errors":[{"code":"err_no","message":"no"}]}]}', *headers, status=status)


WAIT = "the vendor's rate limit is used up"

refusal("401-for-ever", "retrying|waiting|failed", "401", "401 Unauthorized", accounts="connection pending|failing|failed|connected")
refusal("418-for-ever", "retrying|waiting|failed", "418", "418 I'm a teapot", accounts="connection pending|failing|failed|connected")
refusal("403-for-ever", "not permitted", "403", "403 Forbidden", stream=TTP_URL)
refusal("429-without-a-word", "waiting", WAIT, "429 Too Many Requests")
refusal("429-negative", "waiting", WAIT, "429 Too Many Requests", "Retry-After: -100", requests=400)
refusal("429-of-ages", "waiting", WAIT + r".*\b1h", "429 Too Many Requests", "Retry-After: 999999999", requests=10)
refusal("429-beyond-numbers", "waiting", WAIT, "429 Too Many Requests", "Retry-After: 99999999999999999999", requests=400)
refusal("429-until-9999", "waiting", WAIT + r".*\b1h", "429 Too Many Requests", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",
        requests=10)
refusal("429-of-garbage", "waiting", WAIT, "429 Too Many Requests", "Retry-After: soon", "X-RateLimit-Reset: never")
refusal("429-reset-of-ages", "waiting", WAIT + r".*\b1h", "429 Too Many Requests", "X-RateLimit-Reset: 999999999999999",
        requests=10)
refusal("503-until-9999", "retrying", "503", "503 Unavailable", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", requests=10)
refusal("500-for-ever", "retrying", "500", "500 Oh no")


@mode("401-with-a-jumping-date", "retrying|waiting|failed", "401", accounts="connection pending|failing|failed|connected",
      requests=400, clock=lambda now_ms: http_date(now_ms + (3 if now_ms // 1000 % 2 else -3) * 3_600_000))
def _(talk, request):
    return talk.answer("", status="401 Unauthorized")
