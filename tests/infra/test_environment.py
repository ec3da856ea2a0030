"""What a function's environment says of where its tables are."""

import pytest

from infra import environment
from infra.discovery import Service, discover
from tests.infra.stages_of import stage_of

ELSEWHERE = "http://127.0.0.1:4599"


@pytest.mark.parametrize("service", discover(), ids=lambda service: service.name)
def test_only_functions_of_a_moved_service_ask_another_dynamodb(service: Service) -> None:
    stage = stage_of({"tables_at": {"accounting": ELSEWHERE}})
    wanted = ELSEWHERE if service.name == "accounting" else None
    for spec in service.use_cases:
        found = environment.of(spec, stage, service, {}, None)
        assert found.get("AWS_ENDPOINT_URL_DYNAMODB") == wanted
        assert "AWS_ENDPOINT_URL_DYNAMODB" not in environment.of(spec, stage_of({}), service, {}, None)
