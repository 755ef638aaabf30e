"""A RELP receiver that is played: it turns sessions away, and refuses messages, as a test says."""
import threading

from listener import Listener
from trial import ids_in


class Relp:
    """`turns_away`: so many sessions end before they begin. `refuses(message)`: whether that one is answered 500."""

    def __init__(self):
        self.turns_away, self.refuses = 0, lambda message: False
        self.accepted, self.refused = [], []
        self.listener = Listener(self.greet)
        self.target = f"relp://127.0.0.1:{self.listener.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def greet(self, connection):
        if self.turns_away:
            self.turns_away -= 1
            connection.close()
        else:
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            try:
                while self.answer(connection, stream):
                    pass
            except (OSError, ValueError):  # the other side is gone
                pass

    def answer(self, connection, stream):
        """Takes one command; False at the end of the session."""
        number, command, (size, end) = word(stream)[0], word(stream)[0], word(stream)
        data = stream.read(int(size))
        if end == b" ":
            stream.read(1)
        code = self.take(data) if command == b"syslog" else b"200 OK"
        if command == b"close":
            connection.sendall(number + b" rsp 0\n0 serverclose 0\n")
            return False
        connection.sendall(number + b" rsp %d " % len(code) + code + b"\n")
        return True

    def take(self, message):
        refuses = self.refuses(message)
        (self.refused if refuses else self.accepted).extend(ids_in(message))
        return b"500 no" if refuses else b"200 OK"


def word(stream):
    """Up to a blank or a line end, and which of them it was."""
    letters = b""
    while (letter := stream.read(1)) not in (b" ", b"\n", b""):
        letters += letter
    return letters, letter
