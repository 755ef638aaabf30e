"""Below HTTP: what stands on the port does not speak TLS, or stops speaking."""
from hostile.mode import mode

BOTH = {"whole": True, "raw": True, "accounts": "connection pending"}
NO_TLS = "no TLS connection|broke before the request was sent"


@mode("tls-garbage", "retrying", NO_TLS, **BOTH)
def _(talk):
    talk.say(b"\x16\x03\x03\xff\xff" + bytes(range(256)) * 64)


@mode("tls-garbage-without-end", "retrying", NO_TLS + "|in time", **BOTH)
def _(talk):
    talk.forever(b"\x16\x03\x03\x40\x00" + bytes(16384))


@mode("plain-http-on-the-port", "retrying", NO_TLS, **BOTH)
def _(talk):
    talk.say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


@mode("ssh-on-the-port", "retrying", NO_TLS, **BOTH)
def _(talk):
    talk.say("SSH-2.0-OpenSSH_9.2\r\n")


@mode("stall-within-the-handshake", "retrying", "no connection to .* in time", **BOTH)
def _(talk):
    talk.wait_for_close()


@mode("close-at-once", "retrying", NO_TLS, **BOTH)
def _(talk):
    pass
