"""From where a request comes: behind our own proxies, from the address that they name.

``X-Forwarded-For`` can be written by anybody. It is read from the right, as far as our own proxies
wrote it, and taken away, so that nothing behind reads it by itself.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_BY",
    "HTTP_FORWARDED",
)


class Proxied:
    """A WSGI application whose ``REMOTE_ADDR`` is that of the browser."""

    def __init__(self, application: Any, proxies: Iterable[str]) -> None:
        self.application = application
        self.proxies = tuple(ip_network(each, strict=False) for each in proxies)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer the request as one from where it came."""
        told = str(environ.get("HTTP_X_FORWARDED_FOR", ""))
        for name in FORWARDED:
            environ.pop(name, None)
        environ["REMOTE_ADDR"] = self._origin(str(environ.get("REMOTE_ADDR", "")), told)
        return self.application(environ, start_response)

    def _origin(self, address: str, told: str) -> str:
        """The first address from the right that is no proxy of ours."""
        hops = [hop.strip() for hop in told.split(",") if hop.strip()]
        while hops and self._is_ours(address) and _read(hops[-1]) is not None:
            address = hops.pop()
        return address

    def _is_ours(self, address: str) -> bool:
        read = _read(address)
        return read is not None and any(read in network for network in self.proxies)


def neighbourhood(address: str) -> str:
    """What counts as one place: an address; of IPv6 the network of 64 bits that one line gets."""
    read = _read(address)
    if isinstance(read, IPv6Address):
        return str(read.ipv4_mapped or ip_network(f"{read}/64", strict=False))
    return address


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
