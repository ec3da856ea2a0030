from events.auth import ROLES
from shared.openapi_specs import get_openapi

SPEC = get_openapi("analytics", ROLES)
