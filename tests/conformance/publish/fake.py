"""What stands in for a vendor whose servers nobody has at home: routes to functions that keep a little state."""

import urllib.parse

from publish.openapi import pattern


class Fake:
    """Answers a request by the first of `routes` that fits: method, path with `{}` for each part that is open, function.

    The function gets the exchange and the open parts, and gives a status and a value for JSON.
    """

    def __init__(self, *routes):
        self.routes = [(method, pattern(path), function) for method, path, function in routes]

    def answer(self, exchange):
        """The answer, as a `Relay` wants it; 404 where no route fits."""
        path = exchange.path.partition("?")[0]
        for method, route, function in self.routes:
            found = route.fullmatch(path)
            if method == exchange.method and found:
                return function(exchange, *map(urllib.parse.unquote, found.groups()))
        return 404, {"message": f"nobody answers {exchange.method} {path}"}


def query(exchange):
    """The query by name."""
    return dict(urllib.parse.parse_qsl(exchange.path.partition("?")[2]))


class Things(dict):
    """Things of one kind by their number."""

    def add(self, value):
        """Keeps a thing under the next number; gives it with that."""
        number = max(self, default=100) + 1
        self[number] = {**value, "id": number}
        return self[number]
