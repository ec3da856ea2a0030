from functions.tracking.api import SHUFFLERS, ShuffleAnswer
from shared.api import Page, PageQuery
from shared.spec import BATCH_GET, QUERY, Http, UseCase

SPEC = UseCase(
    service="tracking",
    name="list_shuffles",
    summary="List shuffles, and how far each is",
    trigger=Http("GET", "/shuffles", roles=SHUFFLERS, query=PageQuery, answer=Page[ShuffleAnswer]),
    access={
        "accounts": (BATCH_GET,),
        "shuffle_progress": (BATCH_GET,),
        "shuffles": (BATCH_GET,),
        "shuffles/by_press": (QUERY,),
    },
)
