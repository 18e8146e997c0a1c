"""The least a signed-out page can be: what the requests per second of real pages are compared with."""

from __future__ import annotations

import gc

from flask import Flask

app = Flask("hello")


@app.get("/")
def show_hello() -> str:
    """Two words."""
    return "Hello, world"


gc.collect()
gc.freeze()
