"""The API's own description, made from the routes' declarations: it cannot lag behind them."""

import re
from typing import Any

from flask import Response, current_app, jsonify

from loading import later
from web.guard import ROUTES, GuardedBlueprint, Route

apispec = later("apispec")
apispec_marshmallow = later("apispec.ext.marshmallow")

blueprint = GuardedBlueprint("openapi", __name__, api=True)

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_FAULTS = {
    400: "The request cannot be read.",
    401: "No valid token.",
    404: "There is no such thing, or it is not yours to open.",
    409: "Somebody saved this before you.",
    413: "Too large.",
    428: "Say which revision you change; `revision` is the newest.",
    415: "Not JSON.",
    422: "Some answers need another look.",
    429: "Too many requests.",
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object"},
    },
}


@blueprint.open_get("/openapi.json")
def description() -> Response:
    """OpenAPI 3.1."""
    made: dict[str, Any] = current_app.extensions
    if "description" not in made:  # open to all, and it takes a while
        made["description"] = describe()
    return jsonify(made["description"])


def describe() -> dict[str, Any]:
    """The description as a mapping."""
    spec = apispec.APISpec(
        current_app.config["SETTINGS"].product_name,
        "1",
        "3.1.0",
        plugins=[apispec_marshmallow.MarshmallowPlugin(schema_name_resolver=_name)],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", _PROBLEM_SCHEMA)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES.values():
        if route.api:
            path = "/api/v1" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.rule)
            paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    for path, operations in sorted(paths.items()):
        names = re.findall(r"{(\w+)}", path)
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ]
        spec.path(path=path, operations=operations, parameters=parameters)
    return spec.to_dict()


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")


def _operation(route: Route) -> dict[str, Any]:
    answers: dict[str, Any] = {
        str(code): {"description": text, "content": _PROBLEM} for code, text in _FAULTS.items()
    }
    answers[str(route.status)] = {
        "description": "Done.",
        "content": {"application/json": {"schema": _returned(route)}},
    }
    operation: dict[str, Any] = {
        "operationId": route.endpoint,
        "summary": route.doc.split("\n")[0],
        "responses": answers,
    }
    operation["security"] = [{"token": []}] if route.permission else []
    if route.accepts:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": route.accepts}},
        }
    if route.many:
        operation["parameters"] = [{"name": "after", "in": "query", "schema": {"type": "string"}}]
    return operation


def _returned(route: Route) -> Any:
    if route.returns is None:
        return {"type": "object"}
    if route.many:
        items = {"type": "array", "items": route.returns}
        return {
            "type": "object",
            "properties": {"items": items, "next": {"type": ["string", "null"]}},
        }
    return route.returns
