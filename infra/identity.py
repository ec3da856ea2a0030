"""The Cognito user pool: sign-in, roles as groups, and the validity of tokens."""

from aws_cdk import ArnFormat, Aws, CfnOutput, Duration, Stack
from aws_cdk.aws_cognito import (
    AccountRecovery,
    AuthFlow,
    CfnManagedLoginBranding,
    CfnUserPool,
    CfnUserPoolClient,
    CfnUserPoolGroup,
    ClientAttributes,
    CognitoDomainOptions,
    KeepOriginalAttrs,
    ManagedLoginVersion,
    Mfa,
    MfaSecondFactor,
    OAuthFlows,
    OAuthScope,
    OAuthSettings,
    PasswordPolicy,
    SignInAliases,
    UserPool,
    UserPoolClient,
)
from constructs import Construct

from events.auth import ROLES
from infra import callbacks, invitations, nag
from infra.stages import Stage


class Identity(Construct):
    def __init__(self, scope: Construct, name: str, stage: Stage) -> None:
        super().__init__(scope, "identity")
        self.pool = self._pool(name, stage)
        self.client = self._browsers_client(stage)
        self.operators = None if stage.local else self._operators_client()
        """The client of the command line."""
        self.domain = self.pool.add_domain(
            "domain",
            cognito_domain=CognitoDomainOptions(domain_prefix=f"{name}-{Aws.ACCOUNT_ID}"),
            managed_login_version=ManagedLoginVersion.NEWER_MANAGED_LOGIN if stage.managed_login else None,
        )
        for client in self.clients:
            if stage.managed_login:
                self._branding(client)
            if not stage.local:
                _rotate_refresh_tokens(client)
            client.apply_removal_policy(stage.removal)
        if stage.durable and not stage.local:
            self._mail_through_ses(name, stage)
        self.domain.apply_removal_policy(stage.removal)
        for group in self._groups():
            group.apply_removal_policy(stage.removal)
        self.origin = self.domain.base_url()

    @property
    def clients(self) -> list[UserPoolClient]:
        """Whose tokens the APIs accept."""
        return [self.client, *([self.operators] if self.operators else [])]

    def _groups(self) -> list[CfnUserPoolGroup]:
        pool = self.pool.user_pool_id
        return [CfnUserPoolGroup(self, role, user_pool_id=pool, group_name=role) for role in ROLES]

    def outputs(self, stack: Construct) -> None:
        """`UserPoolId`, `ClientId`, `PoolDomain` (the prefix of the hosted login's host name), and
        `OperatorClientId` on AWS.
        """
        CfnOutput(stack, "UserPoolId", value=self.pool.user_pool_id)
        CfnOutput(stack, "ClientId", value=self.client.user_pool_client_id)
        if self.operators:
            CfnOutput(stack, "OperatorClientId", value=self.operators.user_pool_client_id)
        CfnOutput(stack, "PoolDomain", value=self.domain.domain_name)

    def _pool(self, name: str, stage: Stage) -> UserPool:
        """Only commands create accounts, so sign-up is disabled.

        No attribute is required: a required one must be writable by every client, and so by the users
        themselves. Cognito can't change that on an existing pool.
        """
        pool = UserPool(
            self,
            "pool",
            user_pool_name=name,
            self_sign_up_enabled=False,
            sign_in_aliases=SignInAliases(email=True),
            sign_in_case_sensitive=False,
            keep_original=KeepOriginalAttrs(email=True),
            password_policy=PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_uppercase=True,
                require_symbols=True,
                temp_password_validity=Duration.days(7),
            ),
            account_recovery=AccountRecovery.EMAIL_ONLY,
            mfa=Mfa.REQUIRED if stage.needs_second_factor else None,
            mfa_second_factor=MfaSecondFactor(otp=True, sms=False) if stage.needs_second_factor else None,
            user_invitation=None if stage.local else invitations.mail(stage),
            deletion_protection=stage.durable,
            removal_policy=stage.removal,
        )
        if not stage.needs_second_factor:
            nag.acknowledge(pool, "COG2", "This stage's people sign in by password alone.")
        nag.acknowledge(pool, "COG8", "Threat protection is the paid Plus plan; nobody can sign up here.")
        return pool

    def _mail_through_ses(self, name: str, stage: Stage) -> None:
        """Cognito's own mail is limited to about 50 a day. SES must have verified the sender before."""
        resource = self.pool.node.default_child
        if isinstance(resource, CfnUserPool):
            resource.email_configuration = CfnUserPool.EmailConfigurationProperty(
                email_sending_account="DEVELOPER",
                from_=stage.sender,
                source_arn=Stack.of(self).format_arn(
                    service="ses",
                    resource="identity",
                    resource_name=stage.sender_domain,
                    arn_format=ArnFormat.SLASH_RESOURCE_NAME,
                ),
                configuration_set=name,
            )

    def _branding(self, client: UserPoolClient) -> None:
        """Without a style of its own the newer login shows nothing."""
        CfnManagedLoginBranding(
            self,
            "branding" if client is self.client else "operators_branding",
            user_pool_id=self.pool.user_pool_id,
            client_id=client.user_pool_client_id,
            use_cognito_provided_values=True,
        )

    def _browsers_client(self, stage: Stage) -> UserPoolClient:
        """For the dashboards, which are served at the stage's own origins only."""
        logout = list(stage.web_origins)
        return self._client("client", stage.callback_urls, logout, Duration.days(7))

    def _operators_client(self) -> UserPoolClient:
        """For `ates token`: the browser comes back to a port of the operator's own machine.

        A client of its own, so that a page on somebody's machine never gets a code for the dashboards, and
        the dashboards' one accepts no address but theirs. A token of either is the same to the APIs.
        """
        back = [callbacks.address(port) for port in callbacks.PORTS]
        return self._client("operators", back, [], Duration.hours(1))

    def _client(self, name: str, back: list[str], logout: list[str], refresh: Duration) -> UserPoolClient:
        """For browsers: no secret, so the code flow with PKCE, only through the hosted login.

        Its tokens lack the scope `aws.cognito.signin.user.admin`, which a user needs to change or delete
        themselves, and which a sign-in through the API would give. Users who get it anyway can write only
        their locale: without a list, or with an empty one, every attribute would be writable.
        """
        return self.pool.add_client(
            name,
            generate_secret=False,
            auth_flows=AuthFlow(user_srp=False),
            write_attributes=ClientAttributes().with_standard_attributes(locale=True),
            o_auth=OAuthSettings(
                flows=OAuthFlows(authorization_code_grant=True),
                scopes=[OAuthScope.OPENID, OAuthScope.PROFILE],
                callback_urls=back,
                logout_urls=logout or None,
            ),
            access_token_validity=Duration.minutes(15),
            id_token_validity=Duration.minutes(15),
            refresh_token_validity=refresh,
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
        )


def _rotate_refresh_tokens(client: UserPoolClient) -> None:
    """A refresh token is good for one refresh, and a minute longer, as an answer may be lost.

    Cognito then refuses the flow for refreshing through its API; the hosted login's own endpoint needs no
    flow. The list may not be empty, or the client would allow the password flows: without triggers the
    custom flow lets nobody in.
    """
    resource = client.node.default_child
    if isinstance(resource, CfnUserPoolClient):
        resource.explicit_auth_flows = ["ALLOW_CUSTOM_AUTH"]
        resource.refresh_token_rotation = CfnUserPoolClient.RefreshTokenRotationProperty(
            feature="ENABLED", retry_grace_period_seconds=60
        )
