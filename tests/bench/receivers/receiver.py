"""What a row of the sinks' table is: a receiver on loopback, the sink that delivers to it, and the shortest way to give it the same
without Postern."""

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


def events_of(lines):
    """(id, text) of each line, for those who send it themselves; an id is as long as Postern's."""
    with open(lines, "rb") as file:
        return [(b"%032x" % number, line.rstrip(b"\n")) for number, line in enumerate(file)]
