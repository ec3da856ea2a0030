from functions.accounting.api import PROBLEMS, EntryAnswer, entry_answer
from functions.accounting.correct_entry.spec import SPEC
from functions.accounting.correct_entry.use_case import Correction, correct_entry
from functions.accounting.rows import TABLES, Entry
from functions.accounting.views import names_of
from shared.http import Request, endpoint
from shared.idempotency import Answer, Remember
from shared.settings import settings
from shared.wiring import store


def run(request: Request) -> Answer:
    body, tables, zone = request.body, store(TABLES), settings().business_timezone
    asked = Correction(request.path["account_id"], body.entry_id, request.caller.account_id, body.reason)

    def command(remember: Remember[Entry]) -> Entry:
        return correct_entry(asked, tables, request.scope, zone, remember)

    def answer(new: Entry) -> EntryAnswer:
        return entry_answer(new, names_of([asked.corrected_by], tables))

    return request.once(tables, command, answer, 201)


handler = endpoint(SPEC, run, PROBLEMS)
