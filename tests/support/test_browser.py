"""The journeys' server and browser find each other."""

from flask import Flask

from tests.support.browser import open_browser, serve


def test_the_browser_shows_what_the_server_says() -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "<title>Hello</title><h1>A page</h1>", endpoint="hello")
    with serve(app) as address, open_browser() as browser:
        page = browser.new_page()
        page.goto(address)
        assert page.title() == "Hello"
        assert page.locator("h1").inner_text() == "A page"
