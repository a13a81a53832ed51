"""People in front of pages: they sign in, open a page, fill in a form that they find there, and press its button."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2

from tests.api.bench import Api

_VOID = frozenset({"input", "br", "img", "meta", "link", "hr", "source", "col", "wbr", "area", "embed", "track"})


@dataclass
class Form:
    """A form of a page: where it goes, and what it holds."""

    action: str
    method: str
    pairs: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.pairs]


class Page(HTMLParser):
    """What a browser would make of an answer: its text, its links, its forms."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__()
        self.answer = answer
        self.status = answer.status_code
        self.html = answer.text
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self._words: list[str] = []
        self._open: list[str] = []
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._textarea: tuple[str, list[str]] | None = None
        self.feed(answer.text)

    @property
    def text(self) -> str:
        """What is read on it, with single blanks; dialogs are closed."""
        return " ".join(" ".join(self._words).split())

    def form(self, action: str) -> Form:
        """The form that goes there, or to an address that ends so."""
        found = [form for form in self.forms if form.action == action or form.action.endswith(action)]
        assert found, f"no form goes to {action}: {[form.action for form in self.forms]}"
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            action = given.get("action") or str(self.answer.request.url.raw_path, "ascii")
            self._form = Form(action, given.get("method", "get").lower())
            self.forms.append(self._form)
        self._field(tag, given)

    def _field(self, tag: str, given: Mapping[str, str]) -> None:
        form, name = self._form, given.get("name", "")
        if form is None or "disabled" in given:
            return
        kind = given.get("type", "text")
        if tag == "button" or (tag == "input" and kind == "submit"):
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and name and (kind not in {"checkbox", "radio"} or "checked" in given) and kind != "file":
            form.pairs.append((name, given.get("value", "on" if kind == "checkbox" else "")))
        elif tag == "select" and name:
            self._select = (name, [])
        elif tag == "option" and self._select:
            self._select[1].append((given.get("value", ""), "selected" in given))
        elif tag == "textarea" and name:
            self._textarea = (name, [])

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "form":
            self._form = None
        if tag == "select" and self._select and self._form:
            name, options = self._select
            chosen = [value for value, is_chosen in options if is_chosen] or [value for value, _ in options[:1]]
            self._form.pairs += [(name, value) for value in chosen[:1]]
            self._select = None
        if tag == "textarea" and self._textarea and self._form:
            name, words = self._textarea
            self._form.pairs.append((name, "".join(words).removeprefix("\n")))
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._textarea[1].append(data)
        elif not {"script", "style", "dialog"} & set(self._open):
            self._words.append(data)


class Browser:
    """One person's browser: it keeps cookies, follows redirects, and says where it comes from."""

    def __init__(self, api: Api) -> None:
        self.api = api
        transport = api.client._transport
        self.client = httpx2.AsyncClient(
            transport=transport,
            base_url="http://appeals.test",
            follow_redirects=True,
            headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
        )

    async def open(self, path: str) -> Page:
        return Page(await self.client.get(path))

    async def send(
        self, page: Page, action: str, /, fields: Mapping[str, Any] | None = None, press: tuple[str, str] | None = None
    ) -> Page:
        """Fills ``fields`` into the form of the page that goes to ``action``, and sends it by its button ``press``."""
        form = page.form(action)
        return await self.post(form.action, _filled(form.pairs, fields or {}) + ([press] if press else []))

    async def post(self, path: str, pairs: Iterable[tuple[str, str]], **more: Any) -> Page:
        data: dict[str, list[str]] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        return Page(await self.client.post(path, data=data, **more))


def _filled(pairs: list[tuple[str, str]], fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in pairs if name not in fields]
    for name, given in fields.items():
        kept += [(name, str(one)) for one in (given if isinstance(given, list) else [given]) if one is not None]
    return kept


class Site:
    """The application with pages; ``api`` acts behind them."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def stranger(self) -> Browser:
        """Somebody who has not signed in."""
        return Browser(self.api)

    async def sign_in(self, name: str) -> Browser:
        """Somebody of the sample, signed in with the key."""
        browser = self.stranger()
        page = await browser.send(
            await browser.open("/sign-in"), "/sign-in", {"name": name, "password": self.api.keys[name]}
        )
        assert page.status == 200, page.text
        return browser
