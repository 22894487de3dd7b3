"""The function app: every function of this project, registered by blueprint."""

import azure.functions as func

import broadcast
import negotiate

# A function that names no level of its own needs a key.
app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for blueprint in (negotiate.blueprint, *broadcast.blueprints):
    app.register_functions(blueprint)
