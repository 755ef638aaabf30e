"""What a row of the sinks' table is: a receiver on loopback, the sink that delivers to it, and the shortest way to give it the same
without Postern."""
import re

ID = re.compile(rb'"postern_id":"([0-9a-f]{32}(?:-[0-9]+)?)"')


class Receiver:
    """`alone` says in the table what the direct way is. Below it: sink(), prepare(lines) -> what is to be timed, count()."""

    alone = None

    def __init__(self, world):
        self.world = world

    def start(self):
        return self

    def sink(self):
        """The declaration of the sink "trial"; what is a matter of taste stays at its default."""
        raise NotImplementedError

    def prepare(self, lines):
        """Makes ready, behind Postern's turn, what the direct way sends; the function that sends it and ends when all is
        acknowledged."""
        raise NotImplementedError

    def count(self):
        """How many events have arrived; None where nobody can tell."""
        return None


def identity(line, number):
    """The id that a mapped event bears."""
    found = ID.search(line)
    return found[1] if found else b"%032x" % number
