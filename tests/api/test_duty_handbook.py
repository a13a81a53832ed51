"""The walk through docs/duty.md works as it is written."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.api.bench import Api

HANDBOOK = Path(__file__).parents[2] / "docs" / "duty.md"


async def test_every_command_of_the_walk_does_what_it_says(api: Api) -> None:
    walk = HANDBOOK.read_text(encoding="utf-8").partition("```sh\n")[2].partition("```")[0]
    walk = walk.replace("$API", "/v1/duty/station-a")
    done = []
    for command in walk.split("curl ")[1:]:
        method, path = re.search(r"-X (\w+)", command), re.search(r"/v1/duty/[^\s\"]+", command)
        body = re.search(r"-d '(.*?)'", command, re.DOTALL)
        assert path
        answer = await api.client.request(
            method[1] if method else "GET",
            path[0],
            headers=api.bearer("leader"),
            json=json.loads(body[1]) if body else None,
        )
        assert answer.is_success, (command, answer.text)
        done.append(answer)
    roster, now, christmas, override, swap, month = (answer.json() for answer in done)
    assert [one["account"] for one in christmas["on_duty"]] == ["handler2", "station-a-leader"]
    assert now["on_duty"] == []
    assert (override["instead_of"], swap["first"]["number"], roster["version"]) == ("handler", 4, 1)
    helped = next(one for one in month["items"] if one["id"] == override["id"])
    assert [one["name"] for one in helped["people"]] == ["甲派出所民警一"]
