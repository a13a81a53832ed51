"""Forms: every schema of the product as fields, filled in by a browser, and back again as the body it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.validation import faults_of
from domain.errors import Fault
from domain.rules import Service
from domain.schemas import BODIES
from domain.vocabulary import Action
from storage.catalogue import Catalogue
from storage.form_check import example
from tests.web.filled import WORDS, bodies, objects, sample
from tests.web.people import Page
from web import words
from web.forms import Field, Form, Kind, added, body_of, form_of
from web.forms.shape import Schema, alternatives, properties

SERVICES = {service.code: service for service in Catalogue.load().services()}
TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
ENVIRONMENT.filters |= words.FILTERS
PAGE = ENVIRONMENT.from_string('{% from "macros/forms.html" import fields %}<form>{{ fields(form) }}</form>')


def steps(service: Service) -> Schema:
    """As api.offers narrows it, when every step is open."""
    general = BODIES[Action.COMPLETE_STEP]
    ways = [
        {
            "title": f"{step.name}:{outcome.name}",
            "properties": {
                "step": {"const": step.code},
                "outcome": {"const": outcome.code},
                "record": outcome.record or {"type": "object"},
            },
            **({"required": ["record"]} if outcome.record.get("required") else {}),
        }
        for step in service.procedure.steps
        for outcome in step.outcomes
    ]
    return {**general, "oneOf": ways}


STEPS = {code: steps(service) for code, service in SERVICES.items() if service.procedure.steps}
NAMED: dict[str, Schema] = {
    **{f"form-{code}": service.form for code, service in SERVICES.items()},
    **{action.value: schema for action, schema in BODIES.items() if action is not Action.COMPLETE_STEP},
    **{f"steps-{code}": schema for code, schema in STEPS.items()},
}
SCHEMAS = list(NAMED.values())


def page(form: Form) -> Page:
    """The fields on a page, as a browser understands it."""
    request = httpx2.Request("GET", "http://appeals.test/form")
    return Page(httpx2.Response(200, text=PAGE.render(form=form), request=request))


def pairs(form: Form) -> list[tuple[str, str]]:
    """What a browser sends, when nobody touches the form."""
    return page(form).forms[0].pairs


def there_and_back(schema: Schema, body: Mapping[str, Any]) -> dict[str, Any]:
    return body_of(schema, pairs(form_of(schema, body)))


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda s: s.code)
def test_the_example_of_every_service_comes_back_as_it_was(service: Service) -> None:
    form = {name: value for name, value in example(service.form).items() if name in properties(service.form)}
    assert there_and_back(service.form, form) == form


@pytest.mark.parametrize("action", [a for a in BODIES if a is not Action.COMPLETE_STEP])
def test_the_body_of_every_action_comes_back_as_it_was(action: Action) -> None:
    body = sample(BODIES[action])
    assert there_and_back(BODIES[action], body) == body
    assert faults_of(BODIES[action], body) == ()


@pytest.mark.parametrize("code", STEPS)
def test_the_record_of_every_outcome_comes_back_as_it_was(code: str) -> None:
    for body in sample(STEPS[code]):
        kept = {name: value for name, value in body.items() if value != {}}
        assert there_and_back(STEPS[code], kept) == kept


@pytest.mark.parametrize("schema", SCHEMAS, ids=NAMED)
def test_the_inputs_of_a_page_are_exactly_the_fields_and_each_is_labelled(schema: Schema) -> None:
    form = form_of(schema)
    shown = page(form)
    wanted = {name for field in form.fields for name in names(field)}
    assert {name for name, _ in inputs(shown.html)} == wanted
    assert len(shown.ids) == len(set(shown.ids))
    assert all(field.title for field in every(form.fields))


@pytest.mark.parametrize("schema", SCHEMAS, ids=NAMED)
def test_an_empty_form_asks_for_what_is_required_and_says_so_at_the_fields(schema: Schema) -> None:
    body = body_of(schema, [(name, "") for name, _ in pairs(form_of(schema))])
    form = form_of(schema, body, faults_of(schema, body))
    missing = [name for name in schema.get("required", ()) if name not in body]
    shown = {field.pointer for field in every(form.fields) if field.faults}
    if "oneOf" not in schema:
        assert shown >= {f"/{name}" for name in missing}
    assert form.is_refused == bool(faults_of(schema, body))


def every(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        if field.title or not field.fields:
            yield field
        yield from every(field.fields)


def names(field: Field) -> Iterator[str]:
    """The inputs that a field has on a page, one of several of a name for all."""
    if field.kind is Kind.CHOICE:
        yield field.control("_way")
    elif field.kind is Kind.ROWS:
        yield "_add"
    elif field.kind is not Kind.GROUP:
        yield field.name
    if field.kind is Kind.BUDGET:
        yield field.control("_unit")
    for inner in field.fields:
        yield from names(inner)


def inputs(html: str) -> list[tuple[str, dict[str, str]]]:
    """Every input of a page by its name, ticked or not."""

    class Inputs(Page):
        found: list[tuple[str, dict[str, str]]] = []  # noqa: RUF012 - of this one page

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given_ = {name: value or "" for name, value in attrs}
            # What Enter presses is no input of its own.
            if tag in {"input", "select", "textarea", "button"} and "aria-hidden" not in given_:
                self.found.append((given_["name"], given_))
            super().handle_starttag(tag, attrs)

    Inputs(httpx2.Response(200, text=html, request=httpx2.Request("GET", "http://appeals.test/form")))
    return Inputs.found


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_fits_comes_back_as_it_was(data: st.DataObject) -> None:
    schema = data.draw(st.sampled_from(SCHEMAS))
    body = data.draw(bodies(schema) if alternatives(schema) else objects(schema))
    said = there_and_back(schema, body)
    assert {n: v for n, v in said.items() if v != {}} == {n: v for n, v in body.items() if v != {}}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_was_typed_is_in_the_body_and_on_the_page_that_is_shown_again(data: st.DataObject) -> None:
    schema = data.draw(st.sampled_from(SCHEMAS))
    fields = [
        f for f in visible(form_of(schema).fields) if f.kind in {Kind.TEXT, Kind.TEXTAREA, Kind.NUMBER, Kind.DATE}
    ]
    assume(fields)
    field = data.draw(st.sampled_from(fields))
    text = data.draw(WORDS.filter(lambda text: not any(map(str.isdecimal, text))))
    body = body_of(schema, [(field.name, text)])
    assert text in leaves(body)
    again = dict(pairs(form_of(schema, body, faults_of(schema, body))))
    assert again[field.name] == text


def visible(fields: tuple[Field, ...]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from visible(field.shown())


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [leaf for inner in value for leaf in leaves(inner)] if isinstance(value, list) else [value]


@given(st.lists(st.tuples(st.text(max_size=20).map(lambda t: f"/{t}"), st.text(max_size=10)), max_size=6))
def test_names_that_nobody_knows_do_no_harm(posted: list[tuple[str, str]]) -> None:
    body = body_of(BODIES[Action.REJECT], posted)
    form_of(BODIES[Action.REJECT], body, faults_of(BODIES[Action.REJECT], body))


# The promises one by one.

ROWS: Schema = {
    "type": "object",
    "required": ["persons"],
    "properties": {
        "persons": {
            "type": "array",
            "title": "人员",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "title": "姓名"},
                    "driver": {"type": "boolean", "title": "驾驶员"},
                },
            },
        },
    },
}


def test_a_row_more_keeps_the_rows_there_are() -> None:
    posted = [("/persons/0/name", "张示例"), ("_add", "/persons")]
    form = form_of(ROWS, body_of(ROWS, posted), add=added(posted))
    assert [name for name, _ in pairs(form)] == [
        "/persons/0/name",
        "/persons/0/driver",
        "/persons/1/name",
        "/persons/1/driver",
    ]
    assert dict(pairs(form))["/persons/0/name"] == "张示例"


def test_rows_that_were_left_empty_are_not_sent() -> None:
    posted = [("/persons/0/name", ""), ("/persons/0/driver", "false"), ("/persons/1/name", "李示例")]
    assert body_of(ROWS, posted) == {"persons": [{"name": "李示例"}]}


def test_a_fault_in_a_row_stands_at_its_field() -> None:
    form = form_of(ROWS, {"persons": [{"name": ""}]}, [Fault("/persons/0/name", "不能为空"), Fault("/x", "没有此项")])
    row = form.fields[0].fields[0]
    assert row.fields[0].faults == ("请填写“姓名”",)
    assert form.faults == ("没有此项",)
    assert "请填写“姓名”" in page(form).text


def test_a_moment_is_shown_in_beijing_time_and_sent_with_its_offset() -> None:
    schema: Schema = {"properties": {"at": {"type": "string", "format": "date-time", "title": "时间"}}}
    form = form_of(schema, {"at": "2026-09-30T00:15:00Z"})
    assert dict(pairs(form)) == {"/at": "2026-09-30T08:15"}
    assert body_of(schema, pairs(form)) == {"at": "2026-09-30T08:15:00+08:00"}


def test_digits_of_an_input_method_are_digits() -> None:
    assert body_of(BODIES[Action.RATE], [("/grade", "\uff15")]) == {"grade": 5}


def test_what_is_no_number_stays_what_was_typed_for_the_api_to_refuse() -> None:
    body = body_of(BODIES[Action.RATE], [("/grade", "很好")])
    assert body == {"grade": "很好"}
    form = form_of(BODIES[Action.RATE], body, faults_of(BODIES[Action.RATE], body))
    assert (form.fields[0].value, bool(form.fields[0].faults), form.faults) == ("很好", True, ())


def test_a_yes_or_no_that_must_be_given_is_never_given_by_silence() -> None:
    body = body_of(BODIES[Action.REVIEW], pairs(form_of(BODIES[Action.REVIEW])))
    assert "approved" not in body


def test_units_are_chosen_by_name_where_the_page_knows_them() -> None:
    units = [("ga-bureau", "示例市公安局"), ("traffic", "交通警察支队")]
    options = {"lead_unit": units, "cooperating": units}
    form = form_of(BODIES[Action.ASSIGN], {"lead_unit": "elsewhere", "cooperating": ["traffic"]}, options=options)
    shown = page(form)
    assert "示例市公安局" in shown.text
    sent = body_of(BODIES[Action.ASSIGN], shown.forms[0].pairs)
    assert sent == {"lead_unit": "elsewhere", "cooperating": ["traffic"]}


def test_enter_never_asks_for_one_more_row() -> None:
    inner: Schema = {"type": "object", "properties": {"form": ROWS}}
    assert page(form_of(inner)).forms[0].buttons == [("", ""), ("_add", "/form/persons")]
    assert page(form_of(ROWS["properties"]["persons"]["items"])).forms[0].buttons == []


def test_what_is_offered_by_words_may_be_added_to() -> None:
    options = {"commitments": [("营业执照", "营业执照"), ("平面图", "平面图")]}
    form = form_of(BODIES[Action.ACCEPT], {"commitments": ["平面图", "租赁合同"]}, options=options)
    assert body_of(BODIES[Action.ACCEPT], pairs(form)) == {"commitments": ["平面图", "租赁合同"]}


def test_registers_fill_in_what_people_may_not() -> None:
    form = SERVICES["precursor-smart-filing"].form
    assert "/licensed_quantity" not in {name for name, _ in pairs(form_of(form))}
    assert body_of(form, [("/licensed_quantity", "9")]) == {}


def test_an_outcome_that_is_gone_by_now_is_still_the_one_that_was_meant() -> None:
    key = "step=review&outcome=complete"
    posted = [("_way", key), (f"/record/reason?{key}", "首次购买"), ("/record/reason?step=x", "别的")]
    body = body_of(BODIES[Action.COMPLETE_STEP], posted)
    assert body == {"step": "review", "outcome": "complete", "record": {"reason": "首次购买"}}


def test_only_what_belongs_to_the_chosen_outcome_is_sent() -> None:
    schema = STEPS["hazmat-toxic-purchase"]
    refuse, approve = "step=decide&outcome=refuse", "step=decide&outcome=approve"
    typed = [(f"/record/reason?{refuse}", "用途不符"), (f"/record/quantity?{approve}", "50千克"), ("_way", refuse)]
    assert body_of(schema, typed) == {"step": "decide", "outcome": "refuse", "record": {"reason": "用途不符"}}


def test_no_outcome_chosen_is_told_at_the_choice() -> None:
    schema = STEPS["hazmat-toxic-purchase"]
    form = form_of(schema, {}, faults_of(BODIES[Action.COMPLETE_STEP], {}))
    assert form.fields[0].kind is Kind.CHOICE
    assert form.fields[0].faults
    assert form.faults == ()


def test_what_people_type_is_never_markup() -> None:
    form = form_of(BODIES[Action.NOTE], {"text": "</textarea><script>alert(1)</script>"})
    assert "<script>" not in page(form).html
    assert dict(pairs(form))["/text"] == "</textarea><script>alert(1)</script>"
