"""Lists come in pages."""

from __future__ import annotations

from typing import Any, Callable, Generic, Iterator, List, Mapping, Optional, Type, TypeVar

from ._bodies import without_none
from ._transport import Call, Transport
from ._wire import W, from_wire
from .errors import LoopspaceError

T = TypeVar("T")


class Page(Generic[T]):
    """A page of a list: what is on it, how much there is in all, and the way on."""

    def __init__(self, wire: Any, convert: Callable[[Any], T], ask: Callable[[int], Page[T]]) -> None:
        try:
            self.data: List[T] = [convert(one) for one in wire["data"]]
            #: From 1.
            self.page: int = wire["page"]
            #: The most that is on a page.
            self.limit: int = wire["limit"]
            #: Of the whole list; a search counts to 1,000.
            self.total: int = wire["total"]
            #: Whether there is another page. None begins behind the first 10,000 of a list.
            self.has_more: bool = wire["hasMore"]
        except (KeyError, TypeError) as error:
            raise LoopspaceError("UNEXPECTED_ANSWER", "no page of a list came") from error
        self._ask = ask

    def next_page(self) -> Optional[Page[T]]:
        """The page behind it; None where there is none."""
        return self._ask(self.page + 1) if self.has_more else None

    def all(self) -> Iterator[T]:
        """What is on it and on all pages behind it, which are asked for when they are come to.

        Of a list that grows meanwhile something may come twice.
        """
        page: Optional[Page[T]] = self
        while page is not None and page.data:
            yield from page.data
            page = page.next_page()

    def __iter__(self) -> Iterator[T]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> T:
        return self.data[index]

    def __repr__(self) -> str:
        return f"<Page {self.page}: {len(self.data)} of {self.total}>"


def fetch(transport: Transport, kind: Type[W], path: str, query: Mapping[str, Any], page: int) -> Page[W]:
    """A page of a list of these."""
    call = Call("GET", path, without_none({**query, "page": page}), is_repeatable=True)
    return Page(
        transport.ask(call).json(),
        lambda wire: from_wire(kind, wire),
        lambda another: fetch(transport, kind, path, query, another),
    )
