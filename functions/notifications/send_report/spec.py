from events.notifications import EmailFailed, EmailSent
from shared.spec import GET, PUT, QUERY, UPDATE, UseCase, WorkQueue

SPEC = UseCase(
    service="notifications",
    name="send_report",
    summary="Mail one report",
    trigger=WorkQueue("reports"),
    access={"reports": (GET, UPDATE), "entries": (QUERY,), "journal": (PUT,)},
    publishes=(EmailFailed, EmailSent),
    invokes=("auth/get_email",),
    # SES asks for the second one when SendEmail carries a raw message.
    actions=("ses:SendEmail", "ses:SendRawEmail"),
    timeout_seconds=60,
)
