"""Customers: list and search, one with their events, erasure."""

from fastapi import APIRouter
from starlette.responses import Response

from pipeline.api import shapes
from pipeline.api.answer import Answer
from pipeline.api.document import refuses
from pipeline.api.parameters import Cursor, Db, Id, Limit, Search
from pipeline.customers import erase, get_customer, list_customers, timeline
from pipeline.paging import DEFAULT_PAGE

router = APIRouter(prefix="/customers", tags=["Customers"])


@router.get("", response_model=shapes.CustomerList, responses=refuses(400, 503))
def find_customers(
    database: Db, search: Search = "", limit: Limit = DEFAULT_PAGE, cursor: Cursor = None
) -> Answer:
    """Customers by e-mail address."""
    with database.read() as session:
        page = list_customers(session, search=search, limit=limit, cursor=cursor)
    return Answer(shapes.CustomerList(customers=page.rows, next_cursor=page.next_cursor))


@router.get("/{id}", response_model=shapes.Timeline, responses=refuses(400, 404, 503))
def show_customer(database: Db, customer_id: Id, cursor: Cursor = None) -> Answer:
    """A customer and their events, newest first."""
    with database.read() as session:
        customer = get_customer(session, customer_id)
        page = timeline(session, customer_id, cursor=cursor)
    return Answer(
        shapes.Timeline(customer=customer, events=page.rows, next_cursor=page.next_cursor)
    )


@router.delete("/{id}", status_code=204, responses=refuses(404, 503))
def erase_customer(database: Db, customer_id: Id) -> Response:
    """Erase a customer with their events, drafts and sends."""
    database.transact(lambda session: erase(session, customer_id))
    return Response(status_code=204)
