"""What a mode of the hostile server is: how it answers one stream of its account, and what must come of that.

A mode attacks one stream, `siem` (follows a token) or `ttp-url` (reads by time); the account's other stream is answered well and
must stay well. Each mode is an account with a server of its own, so that nothing of one reaches another but through Postern."""
import dataclasses
import typing

SIEM, TTP_URL = "siem", "ttp-url"
MODES = []


@dataclasses.dataclass
class Mode:
    name: str
    act: typing.Callable       # act(talk, request): answers one request; what it returns is whether the connection goes on
    state: str                 # of the attacked stream in `status`, "A|B" = either
    words: str = ""            # a pattern that its error matches
    events: int = None         # that the attacked stream brings; None = it does not matter
    set_aside: int = None      # at least so many things that it sets aside
    stream: str = SIEM
    accounts: str = ""         # the account's state, "" = connected
    whole: bool = False        # the server cannot answer the other stream either
    alone: bool = False        # in a process of its own, whose memory is measured
    at_once: int = 1           # so many accounts suffer from it
    raw: bool = False          # act(socket): before TLS
    clock: typing.Callable = None  # what the server's Date says, given its time in ms: text
    log: str = ""              # a pattern that the log matches
    requests: int = None       # at most so many of the attacked stream, in half an hour of the test clock or less
    seen: int = 0              # requests of the attacked stream so far


def mode(name, state, words="", **more):
    """Registers the function below as the mode of that name."""
    def register(act):
        MODES.append(Mode(name, act, state, words, **more))
        return act
    return register
