"""The list of ECS fields (fields.tsv) as a table, and what is asked of a value beyond its type in Elasticsearch."""
import datetime
import ipaddress
import pathlib
import re

LIST = pathlib.Path(__file__).with_name("fields.tsv")
LONG_MOST = 2**63 - 1
# RFC 3339 as the mapping writes it: UTC or an offset, at most nanoseconds.
DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
LABEL = re.compile(r"(?![-])[\w-]{1,63}(?<![-])")
EXTENSION = re.compile(r"[^\s\x00-\x20\x7f./\\\"',;:<>()@]{1,32}")
HEX = re.compile("[0-9A-Fa-f]+")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
HASH_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}
DIRECTIONS = {"inbound", "outbound", "internal", "external"}


class Field:
    """One row of the list, with our finer rule for its values if there is one."""

    def __init__(self, name, kind, many, values):
        self.name, self.kind, self.many = name, kind, many == "list"
        # A value may have "=" behind it, and the event types that go with that category.
        self.values = {value.partition("=")[0]: value.partition("=")[2].split(",") for value in values.split()}
        self.fits, self.rule = TYPES[kind], rule_of(name, kind)


def read_list():
    rows = [line.split("\t") for line in LIST.read_text().splitlines() if not line.startswith("#")]
    return {row[0]: Field(*row, *[""] * (4 - len(row))) for row in rows}


# ---- Types of Elasticsearch ----

def is_text(value):
    return isinstance(value, str)


def is_ip(value):
    try:
        return isinstance(value, str) and "%" not in value and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def is_date(value):
    found = isinstance(value, str) and DATE.fullmatch(value)
    try:
        return bool(found and datetime.datetime.fromisoformat(found[1]))
    except ValueError:
        return False


def is_long(value):
    return type(value) is int and -LONG_MOST - 1 <= value <= LONG_MOST


def is_number(value):
    return type(value) in (int, float) and value == value and abs(value) < 3.4e38


def is_boolean(value):
    return isinstance(value, bool)


def is_object(value):
    return isinstance(value, dict)


def is_point(value):
    return isinstance(value, dict) and set(value) == {"lat", "lon"} and all(map(is_number, value.values()))


TYPES = {"keyword": is_text, "wildcard": is_text, "constant_keyword": is_text, "match_only_text": is_text, "ip": is_ip,
         "date": is_date, "long": is_long, "float": is_number, "scaled_float": is_number, "boolean": is_boolean,
         "object": is_object, "nested": is_object, "flattened": is_object, "geo_point": is_point}


# ---- Finer rules, by a field's name ----

def is_domain(value):
    labels = value.removesuffix(".").split(".")
    return len(value) <= 253 and all(LABEL.fullmatch(label) for label in labels)


def is_host(value):
    in_brackets = value.startswith("[") and value.endswith("]")
    return is_domain(value) or is_ip(value[1:-1] if in_brackets else value)


def is_port(value):
    return 0 <= value <= 65535


def is_extension(value):
    return EXTENSION.fullmatch(value) is not None


def is_not_negative(value):
    return value >= 0


def is_scheme(value):
    return SCHEME.fullmatch(value) is not None


def is_address(value):
    local, at, domain = value.rpartition("@")
    literal = domain.startswith("[") and domain.endswith("]") and is_ip(domain[1:-1].removeprefix("IPv6:"))
    if not at or not local or not (literal or is_domain(domain)):
        return False
    quoted = local.startswith('"') and local.endswith('"') and len(local) > 2
    return not any(c in local for c in ("\r\n\0" if quoted else " \t\r\n\0\"<>(),;:@"))


def is_direction(value):
    return value in DIRECTIONS


class IsHash:
    def __init__(self, *digits):
        self.digits, self.__name__ = digits, f"is hash of {' or '.join(map(str, digits))} digits"

    def __call__(self, value):
        return len(value) in self.digits and HEX.fullmatch(value) is not None


def rule_of(name, kind):
    last = name.rpartition(".")[2]
    if kind == "long":
        return is_port if last == "port" else is_not_negative if last in ("size", "bytes", "packets", "number") else None
    if kind != "keyword":
        return None
    if ".hash." in name and last in HASH_DIGITS:
        return IsHash(HASH_DIGITS[last])
    if last == "address" and name.startswith("email.") or last == "email":
        return is_address
    named = {"related.hash": IsHash(*HASH_DIGITS.values()), "related.hosts": is_host, "url.domain": is_host, "url.scheme": is_scheme,
             "email.direction": is_direction}
    return named.get(name) or {"domain": is_domain, "registered_domain": is_domain, "extension": is_extension}.get(last)
