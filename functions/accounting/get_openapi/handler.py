from functions.accounting.get_openapi.spec import SPEC
from shared.openapi import openapi_handler

handler = openapi_handler(SPEC, __file__)
