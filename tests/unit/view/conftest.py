import pytest
from requirements import required_module


@pytest.fixture(autouse=True)
def _server_is_installed():
    required_module("starlette", "VIEW")
    required_module("uvicorn", "VIEW")
    required_module("websockets", "VIEW")
    required_module("httpx", "VIEW")
