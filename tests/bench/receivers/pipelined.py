"""Sends messages that were made before, and counts acknowledgements: no client does it with less work."""
import concurrent.futures
import socket


def send(connection, messages, window, acknowledged):
    """At most `window` without an answer. `acknowledged(data)`: how many answers stand in it, and where what is not yet whole begins."""
    rest, waiting, chunk = b"", 0, max(1, window // 4)
    for begin in range(0, len(messages), chunk):
        part = messages[begin:begin + chunk]
        connection.sendall(b"".join(part))
        waiting += len(part)
        while waiting > (window - chunk if begin + chunk < len(messages) else 0):
            data = connection.recv(1 << 16)
            if not data:
                raise ConnectionError("the receiver closed the connection")
            count, end = acknowledged(rest + data)
            rest = (rest + data)[end:]
            waiting -= count


def at_once(deliver, messages, connections):
    """deliver(part) for each connection's part of the messages, all at once: a receiver that syncs once for what several connections
    brought is at its limit only then."""
    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        list(pool.map(deliver, (messages[number::connections] for number in range(connections))))


def lines_with(word):
    """Answers are lines that hold this."""
    def acknowledged(data):
        end = data.rfind(b"\n") + 1
        return sum(word in line for line in data[:end].split(b"\n")), end
    return acknowledged


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=120)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
