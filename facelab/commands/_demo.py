"""`facelab demo`: one view alone in the browser."""

from facelab._parser import make_parser


def demo(words: list[str]) -> int:
    """Open one view alone, on a page without a notebook around it."""
    parser = make_parser(demo, "facelab demo dial --no-browser --port 8890")
    parser.add_argument("name", nargs="?", help="a view; --list says which there are")
    parser.add_argument("--list", action="store_true", help="name the views, the first by default")
    parser.add_argument("--port", type=int, metavar="N", help="port of the server; else a free one")
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address rather than open it"
    )
    chosen = parser.parse_args(words)
    from facelab import _demos

    if chosen.list:
        print("\n".join(_demos.DEMOS))
        return 0
    name = chosen.name or next(iter(_demos.DEMOS))
    _demos.find(name)
    port = _demos.free_port(chosen.port)
    print(f"{name}: http://{_demos.HOST}:{port}/ (Ctrl-C ends it)", flush=True)
    _demos.serve(name, port, browser=not chosen.no_browser)
    return 0
