"""The index: tables in the caller's schema, written and read inside the caller's transaction.

`search_text` is an FTS5 table that holds its content: `exact` (folded words), `stem` (where it differs from the
word), `name` (keys and spellings of names). Contentless tables are not used: they keep the terms of what was
removed. With `secure-delete` here and `PRAGMA secure_delete` on the connection, a removed text is in no page of
the file once the transaction ends. Format: docs/formats/search-index.md.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from search.access import Access
from search.analysis import Analysis
from search.compiling import Compiled, Compiler, field_value
from search.dates import NotADate, span_of
from search.documents import Document
from search.errors import CostReason, QueryTooCostly
from search.folding import WORD
from search.highlighting import highlight
from search.names import BREAK, NameTerms
from search.queries import Query
from search.results import Hit, Order, Page, PageKey, PageRequest
from search.vocabulary import Vocabulary

TextOf = Callable[[Connection, Sequence[int]], Mapping[int, str]]

_BREAKS = re.compile(f"{BREAK}(?: +{BREAK})+")
