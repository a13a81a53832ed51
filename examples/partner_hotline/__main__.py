"""``python -m examples.partner_hotline``: serve, look, answer, bring a new matter, misbehave."""

from __future__ import annotations

import argparse
import json
import logging
import sys

import uvicorn

from examples.partner_hotline.app import RECEIPT, REFUSED, REPLY, create_app
from examples.partner_hotline.settings import Settings
from examples.partner_hotline.store import Store


def main() -> None:
    """One command."""
    asked = _parser().parse_args()
    settings = Settings.load()
    store = Store(settings.database)
    match asked.command:
        case "serve":
            logging.basicConfig(level=logging.WARNING)
            app = create_app(settings, store)
            uvicorn.run(app, host="127.0.0.1", port=settings.port, log_config=None, server_header=False)
        case "list":
            for matter in store.matters():
                print(matter["transfer"], matter["state"], matter["data"]["title"])
        case "receipt":
            print(store.answer(RECEIPT, asked.transfer, {}))
        case "refuse":
            print(store.answer(REFUSED, asked.transfer, {"reason": asked.reason}))
        case "reply":
            print(store.answer(REPLY, asked.transfer, {"text": asked.text}))
        case "submit":
            print(store.answer("appeals.submission", None, json.load(sys.stdin)))
        case "behave":
            store.behave(**dict(one.split("=", 1) for one in asked.changes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.partner_hotline", description="12345（示例）")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="take events and send answers")
    commands.add_parser("list", help="what was handed over")
    commands.add_parser("receipt", help="签收").add_argument("transfer")
    refuse = commands.add_parser("refuse", help="退回")
    refuse.add_argument("transfer")
    refuse.add_argument("reason")
    reply = commands.add_parser("reply", help="答复")
    reply.add_argument("transfer")
    reply.add_argument("text")
    commands.add_parser("submit", help="转入一件新诉求 / its JSON on standard input, as for POST /v1/appeals")
    behave = commands.add_parser("behave", help="status=503, status=410, retry-after=30, slow=20, lie=yes, twice=yes")
    behave.add_argument("changes", nargs="+", metavar="NAME=VALUE", help="an empty value ends it")
    return parser


if __name__ == "__main__":
    main()
