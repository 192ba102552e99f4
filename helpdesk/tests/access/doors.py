"""Every address of the product, to be tried by tests: a new page is tried without anybody thinking of it."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

_EXAMPLES = {"IntConverter": 1, "SlugConverter": "x", "UUIDConverter": "00000000-0000-0000-0000-000000000000"}


def paths(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """One path for each pattern of the URLs, with examples for what it asks for."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = before + _example(entry)
        if isinstance(entry, URLPattern):
            yield path
        else:
            yield from paths(entry, path)


def named_parts(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each page by its name, and the names of what its address holds."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", set(entry.pattern.regex.groupindex)
        else:
            yield from named_parts(entry, f"{space}{entry.namespace}:" if entry.namespace else space)


def _example(entry: URLPattern | URLResolver) -> str:
    route = str(entry.pattern)
    for name, converter in entry.pattern.converters.items():
        value = str(_EXAMPLES.get(type(converter).__name__, "x"))
        for written in (f"<{name}>", *(f"<{kind}:{name}>" for kind in ("int", "str", "slug", "path", "uuid"))):
            route = route.replace(written, value)
    if hasattr(entry.pattern, "_regex"):  # the sign-in library has some of these
        route = route.removeprefix("^").removesuffix("$").replace("(?P<url>.*)", "x").replace("\\Z", "")
        route = route.replace("(?P<key>[-:\\w]+)", "x").replace("(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)", "1-x")
    return route
