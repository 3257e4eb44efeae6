"""Lists as files for spreadsheets, and other long files, in constant memory however long they are.

A spreadsheet is written to a temporary file first, since its beginning depends on its rows. What
can be sent while it is made goes to `stream`.
"""

import csv
import re
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain, islice
from typing import IO, Any, Protocol

import xlsxwriter
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

type Row = Iterable[Any]
type Write = Callable[[IO[bytes], list[str], Iterable[Row]], None]
type View = Callable[[HttpRequest], HttpResponseBase]


class Make(Protocol):
    def __call__(self, request: HttpRequest, write: Write, suffix: str) -> HttpResponseBase: ...


CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS = 1_048_575  # and the one with the titles
CELL_LETTERS = 32_767
CHUNK = 256 * 1024
# What a spreadsheet treats as the start of a formula: also in full width, and after characters
# that it strips when it imports. A leading tab or line break can begin another cell.
FORMULA = re.compile(r"[\t\r\n]|[\s\ufeff\u200b-\u200d\u2060]*[=+\-@＝＋－＠]")  # noqa: RUF001 - meant


def write_csv(file: IO[bytes], titles: list[str], rows: Iterable[Row]) -> None:
    """With a byte order mark, which Excel needs to read it as UTF-8."""
    file.write(b"\xef\xbb\xbf")
    writer = csv.writer(_Encoder(file))
    writer.writerow(titles)
    writer.writerows([_csv_cell(value) for value in row] for row in rows)


def write_xlsx(file: IO[bytes], titles: list[str], rows: Iterable[Row]) -> None:
    """Texts as texts, whatever they start with; they stay texts when the cell is edited.

    Rows that do not fit into one sheet continue in another.
    """
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    bold = book.add_format({"bold": True})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    literal = book.add_format({"quote_prefix": True})
    for part in _sheets(rows):
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(titles) - 1, 20)
        sheet.write_row(0, 0, titles, bold)
        for line, row in enumerate(part, start=1):
            for column, value in enumerate(row):
                _write_cell(sheet, (line, column), value, moment, literal)
    book.close()


def file_views(make: Make) -> tuple[View, View]:
    """The views of the CSV and the XLSX file that `make` writes."""
    return (
        require_safe(partial(make, write=write_csv, suffix="csv")),
        require_safe(partial(make, write=write_xlsx, suffix="xlsx")),
    )


def download(
    request: HttpRequest, *, write: Write, titles: list[str], rows: Iterable[Row], file_name: str
) -> StreamingHttpResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed once it is sent
    write(file, titles, rows)
    length = file.tell()
    file.seek(0)
    answer = _stream(
        request,
        _Source(partial(file.read, CHUNK), file.close),
        content_type=CSV if write is write_csv else XLSX,
        file_name=file_name,
    )
    answer["Content-Length"] = str(length)
    return answer


def stream_made(
    request: HttpRequest, chunks: Generator[bytes], *, content_type: str, file_name: str
) -> StreamingHttpResponse:
    """Send chunks as they are made; no chunk may be empty.

    When the client goes away, no further chunk is made. The database connection is given back after
    each chunk, so the next must not need the same one.
    """
    source = _Source(lambda: next(chunks, b""), chunks.close)
    return _stream(request, source, content_type=content_type, file_name=file_name)


def _stream(
    request: HttpRequest, source: "_Source", *, content_type: str, file_name: str
) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(
        # Each kind of server reads the other's iterators into memory as a whole.
        _AsyncChunks(source) if isinstance(request, ASGIRequest) else _Chunks(source),
        content_type=content_type,
    )
    disposition = content_disposition_header(as_attachment=True, filename=file_name)
    answer["Content-Disposition"] = disposition or "attachment"
    return answer


@dataclass(frozen=True)
class _Source:
    """`read` returns the next part, empty at the end; the response calls `close` in any case."""

    read: Callable[[], bytes]
    close: Callable[[], None]


class _Chunks:
    """Not a generator: one that was never started does not close its source."""

    def __init__(self, source: _Source) -> None:
        self._read = source.read
        self.close = source.close  # called by the response, even if no client reads it

    def __iter__(self) -> "_Chunks":
        return self

    def __next__(self) -> bytes:
        if chunk := self._read():
            return chunk
        raise StopIteration


class _AsyncChunks:
    """While a client reads, however slowly, its request has no database connection."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self.close = source.close

    def __aiter__(self) -> "_AsyncChunks":
        return self

    async def __anext__(self) -> bytes:
        if chunk := await sync_to_async(self._read)():
            return chunk
        raise StopAsyncIteration

    def _read(self) -> bytes:
        try:
            return self._source.read()
        finally:
            close_old_connections()


class _Encoder:
    """What csv writes to: a text wrapper would close the file below it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())


def _csv_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return _utc(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, str) and FORMULA.match(value):
        return f"'{value}"
    return value


def _write_cell(sheet: Any, place: tuple[int, int], value: Any, moment: Any, literal: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(*place, _utc(value), moment)
    elif isinstance(value, int):
        sheet.write_number(*place, value)
    else:
        text = str(value)[:CELL_LETTERS]
        sheet.write_string(*place, text, literal if FORMULA.match(text) else None)


def _sheets(rows: Iterable[Row]) -> Iterator[Iterable[Row]]:
    """At least one, even if it stays empty."""
    remaining = iter(rows)
    yield islice(remaining, SHEET_ROWS)
    for first in remaining:
        yield chain([first], islice(remaining, SHEET_ROWS - 1))


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None)
