"""No network for this Python, but for this machine itself.

Python runs a module of this name at its start when its folder is on PYTHONPATH; processes that it
starts inherit it. A lesson that reaches out fails with a sentence instead of passing by luck.
"""

import ipaddress
import sys

WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}


def refuse(event, arguments):
    """Stop what would leave this machine; an audit hook cannot be taken out again."""
    if event not in WATCHED:
        return
    host = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
    if isinstance(host, tuple):
        host = host[0]
    elif event != "socket.getaddrinfo":
        return  # a local path (a Unix socket), or an address given before
    if not stays_here(host):
        raise ConnectionRefusedError(f"a lesson must not use the network, but it asked for {host}")


def stays_here(host):
    """Whether a host is this machine: None, localhost, or a loopback address."""
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


sys.addaudithook(refuse)
