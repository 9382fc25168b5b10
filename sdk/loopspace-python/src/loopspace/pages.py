"""The pages of lists."""

from __future__ import annotations

from typing import Any, Callable, Generic, Iterator, List, Mapping, Optional, Type, TypeVar

from ._bodies import without_none
from ._transport import Call, Transport
from ._wire import W, from_wire
from .errors import LoopspaceError

T = TypeVar("T")


class Page(Generic[T]):
    """A page of a list. Iterating it gives the items of this page only; ``all`` goes on to the following pages."""

    def __init__(self, wire: Any, convert: Callable[[Any], T], ask: Callable[[int], Page[T]]) -> None:
        try:
            self.data: List[T] = [convert(one) for one in wire["data"]]
            #: The number of this page; the first is 1.
            self.page: int = wire["page"]
            #: The largest number of items on a page.
            self.limit: int = wire["limit"]
            #: The number of items in the whole list. Searches and delivery lists count at most 1,000.
            self.total: int = wire["total"]
            #: Whether another page can be requested. A page has to start within the first 10,000 items of a list.
            self.has_more: bool = wire["hasMore"]
        except (KeyError, TypeError) as error:
            raise LoopspaceError("UNEXPECTED_ANSWER", "the response is not a page of a list") from error
        self._ask = ask

    def next_page(self) -> Optional[Page[T]]:
        """Requests the following page; None where there is none. Raises ``LoopspaceError``."""
        return self._ask(self.page + 1) if self.has_more else None

    def all(self) -> Iterator[T]:
        """Iterates the items of this page and of all following pages.

        A page is requested when its first item is needed. An item may come twice if the list grows meanwhile. Raises
        ``LoopspaceError``.
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
    """Requests a page of a list whose items are of type ``kind``."""
    call = Call("GET", path, without_none({**query, "page": page}), is_repeatable=True)
    return Page(
        transport.ask(call).json(),
        lambda wire: from_wire(kind, wire),
        lambda another: fetch(transport, kind, path, query, another),
    )
