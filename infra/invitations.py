"""The mail by which Cognito invites people, in English and Russian: no service knows their language."""

from aws_cdk.aws_cognito import UserInvitationConfig

from infra.stages import Stage

SUBJECT = "Your aTES account / Ваша учётная запись aTES"
ENGLISH = (
    "You have an aTES account. Sign in at {address} as {{username}} with the temporary password {{####}}"
    " and choose your own. The temporary one is good for 7 days."
)
RUSSIAN = (
    "У вас есть учётная запись aTES. Войдите на {address} как {{username}} с временным паролем {{####}}"
    " и задайте свой. Временный пароль действует 7 дней."
)


def mail(stage: Stage) -> UserInvitationConfig:
    """Cognito fills in the address of the account and the password."""
    address = stage.web_origins[0]
    parts = (
        f'<p lang="{code}">{text.format(address=address)}</p>'
        for code, text in (("en", ENGLISH), ("ru", RUSSIAN))
    )
    return UserInvitationConfig(email_subject=SUBJECT, email_body="".join(parts))
