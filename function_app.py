"""The function app: every function of this project, registered by blueprint."""

import azure.functions as func

import broadcast
import negotiate
from http_api.documentation import documentation
from shared.settings import current_settings

# Wrong settings end the start here, with one message that lists all of them, and not the first call hours later.
current_settings()

# A function that names no level of its own needs a key.
app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
apis = (*negotiate.apis, *broadcast.apis)
for api in (*apis, documentation(apis)):
    app.register_functions(api.blueprint)
