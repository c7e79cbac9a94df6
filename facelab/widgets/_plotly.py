"""The text of plotly.js, as small as it can be sent: a page asks for it once."""

import gzip
from functools import cache


@cache
def library() -> bytes:
    """plotly.js, as the installed plotly package holds it, compressed with gzip (1.5 MB)."""
    from plotly.offline import get_plotlyjs

    return gzip.compress(get_plotlyjs().encode(), 6, mtime=0)
