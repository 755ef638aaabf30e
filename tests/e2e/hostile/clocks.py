"""Dates. Whatever they say: the streams go on, no century is read slice by slice, nothing settles in the future."""
from hostile.mode import TTP_URL, mode
from hostile.server import click, http_date

DAY = 86_400_000
OFF = "this machine's clock is .*{}"


def dated(name, clock, log=""):
    @mode(name, "ok", events=1, stream=TTP_URL, clock=clock, log=log, requests=300)
    def _(talk, request):
        return talk.json({"meta": {"status": 200}, "data": [{"clickLogs": [click(1_767_258_000_000)]}]})


dated("date-of-9999", lambda now_ms: "Fri, 31 Dec 9999 23:59:59 GMT", OFF.format("behind the vendor's, more than"))
dated("date-of-1970", lambda now_ms: "Thu, 01 Jan 1970 00:00:01 GMT", OFF.format("ahead of the vendor's, more than"))
dated("date-three-days-ahead", lambda now_ms: http_date(now_ms + 3 * DAY), OFF.format("behind the vendor's, more than"))
dated("date-three-days-behind", lambda now_ms: http_date(now_ms - 3 * DAY), OFF.format("ahead of the vendor's, more than"))
dated("date-five-minutes-ahead", lambda now_ms: http_date(now_ms + 300_000), OFF.format("behind the vendor's: requests are signed"))
dated("date-in-a-leap-second", lambda now_ms: http_date(now_ms)[:-6] + "60 GMT")
dated("date-of-garbage", lambda now_ms: "yesterday, or \t so")
dated("two-dates", lambda now_ms: http_date(now_ms) + "\r\nDate: Fri, 31 Dec 9999 23:59:59 GMT")
dated("no-date", lambda now_ms: "")
