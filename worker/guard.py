"""Calls go where they are meant to: not into private networks, unless the outside body is known to lie in one.

An address is looked up once, judged, and then called as it is: a name that means another machine a moment later gains
nothing. Several addresses are judged together, because which one is called is chance.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

#: Between home and network operator: as private as the others, though Python does not call it so.
_SHARED: Final = ip_network("100.64.0.0/10")
#: IPv6 addresses that hold an IPv4 address which somebody on the way calls.
_TRANSLATED: Final = (ip_network("64:ff9b::/96"), ip_network("2002::/16"), ip_network("2001::/32"))


class Unresolved(Exception):  # noqa: N818 - an answer
    """The host has no address just now."""


class Forbidden(Exception):  # noqa: N818 - an answer
    """The host has an address that must not be called."""


async def resolve(host: str, port: int, *, private: bool) -> str:
    """An address of ``host`` that may be called. Raises Unresolved or Forbidden."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unresolved(host) from None
    addresses = [ip_address(entry[4][0]) for entry in found]
    if not addresses:
        raise Unresolved(host)
    if not all(may_call(address, private=private) for address in addresses):
        raise Forbidden(host)
    return str(addresses[0])


def may_call(address: Address, *, private: bool) -> bool:
    """Whether a machine out there has it; with ``private`` also one beside us, but never the link's own services."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return may_call(address.ipv4_mapped, private=private)
        if any(address in network for network in _TRANSLATED):
            return False
    if address.is_loopback:
        return private
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    beside_us = address.is_private or (isinstance(address, IPv4Address) and address in _SHARED)
    return private if beside_us else address.is_global
