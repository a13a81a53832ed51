"""`appeals catalogue`: the services as data, checked before anybody relies on them, and shown as people read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.words import OUT, in_words
from runtime.errors import OperatorError

if TYPE_CHECKING:
    from api.service_words import Reader
    from storage.catalogue import Catalogue
    from storage.organisation import Organisation

app = typer.Typer(help="服务事项目录 / the catalogue of services", no_args_is_help=True)
Directory = Annotated[Path | None, typer.Option("--directory", help="目录 / another catalogue directory")]


@app.command()
def check(directory: Directory = None) -> None:
    """找出目录里的每个漏洞；有则退出码为 1 / find every hole; exit code 1 when there is one."""
    from storage.catalogue_check import check as holes_in

    with in_words():
        holes = holes_in(_chosen(directory))
    if holes:
        OUT.print(f"目录有 {len(holes)} 处漏洞，改正前不采用 / holes: {len(holes)}; not taken until mended")
    for hole in holes:
        OUT.print(f"[red]✗[/] {escape(hole)}", soft_wrap=True)
    if not holes:
        OUT.print("目录没有漏洞 / the catalogue has no holes")
    raise typer.Exit(1 if holes else 0)


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="事项代码 / the service's code")],
    directory: Directory = None,
    html: Annotated[Path | None, typer.Option("--html", help="另存为网页 / also as a page")] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="流程另存为图 / also its procedure as a drawing")] = None,
) -> None:
    """按人读的方式说明一个事项及其流程 / a service as people read it, its procedure as Mermaid text."""
    from cli.service_page import page
    from domain.diagram import mermaid
    from domain.diagram import svg as drawn

    with in_words():
        reader = _reader(code, _chosen(directory))
    for title, lines in reader.sections():
        if lines:
            OUT.print(f"\n[bold]{escape(title)}[/]", soft_wrap=True)
        for label, said in lines:
            OUT.print(f"  {escape(label)}：{escape(said)}", soft_wrap=True)
    if reader.service.procedure.steps:
        OUT.print("\n[bold]流程 / procedure (Mermaid)[/]")
        OUT.print(mermaid(reader.service, reader.notes()), soft_wrap=True, markup=False)
    for path, text in ((html, page(reader)), (svg, drawn(reader.service, reader.notes()))):
        if path:
            path.write_text(text, encoding="utf-8")


@app.command(name="list")
def list_services(directory: Directory = None) -> None:
    """全部服务事项一览（Markdown） / every service in one table, as in docs/services.md."""
    from cli.service_table import table

    with in_words():
        typer.echo(table(*_loaded(_chosen(directory))), nl=False)


@app.command()
def schema(
    write: Annotated[Path | None, typer.Option("--write", help="写入文件 / into a file")] = None,
) -> None:
    """服务事项文件的 JSON Schema，供编辑器提示 / the JSON Schema of a service file, for editors."""
    from storage.service_schema import written

    if write:
        write.write_text(written(), encoding="utf-8")
    else:
        typer.echo(written(), nl=False)


def _chosen(directory: Path | None) -> Path | None:
    from runtime.settings import Settings

    return directory or Settings.load().catalogue_dir


def _loaded(directory: Path | None) -> tuple[Catalogue, Organisation]:
    from storage.catalogue import Catalogue
    from storage.organisation import Organisation
    from storage.yaml_file import BadCatalogue

    try:
        return Catalogue.load(directory), Organisation.load(directory)
    except BadCatalogue as error:
        raise OperatorError("目录有误。", str(error), "appeals catalogue check") from None


def _reader(code: str, directory: Path | None) -> Reader:
    from api.service_words import Reader

    catalogue, organisation = _loaded(directory)
    service = catalogue.find(code)
    if service is None:
        raise OperatorError(f"没有代码为“{code}”的服务事项。", f"no service {code}", "ls catalogue/services")
    return Reader(service, organisation)
