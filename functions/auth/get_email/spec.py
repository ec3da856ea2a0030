from shared.spec import GET, Direct, UseCase

SPEC = UseCase(
    service="auth",
    name="get_email",
    summary="Tell the sender of reports an account's e-mail address",
    trigger=Direct(),
    access={"accounts": (GET,)},
)
