"""The journeys' server and browser find each other."""

from flask import Flask

from tests.support.axe import violations
from tests.support.browser import open_browser, serve


def test_the_browser_shows_what_the_server_says() -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "<title>Hello</title><h1>A page</h1>", endpoint="hello")
    with serve(app) as address, open_browser() as browser:
        page = browser.new_page()
        page.goto(address)
        assert page.title() == "Hello"
        assert page.locator("h1").inner_text() == "A page"


def test_axe_names_what_is_wrong_as_often_as_it_is_asked_and_on_the_next_page_too() -> None:
    with open_browser() as browser:
        page = browser.new_page()
        for _ in range(2):
            page.goto("data:text/html,<html lang=en><title>A picture</title><main><h1>A picture</h1><img src=x></main>")
            assert [[one["id"] for one in violations(page)] for _ in range(2)] == [["image-alt"], ["image-alt"]]
        page.evaluate("document.querySelector('img').alt = 'A bicycle'")
        assert violations(page) == []
