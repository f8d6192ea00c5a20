"""``docs/permissions.md``, made from the one map: ``./run flask permissions > docs/permissions.md``."""

from access.permissions import Permission
from access.policy import GRANTS, TOKEN_MAY


def page() -> str:
    """The page as Markdown."""
    lines = [
        "# Who may do what",
        "",
        "Made from `access/policy.py` by `./run flask permissions`; a test compares the two. A permission is given when all facts of one line hold.",
        "",
        "| permission | given to | by API token |",
        "|---|---|---|",
    ]
    for permission in Permission:
        clauses = [" and ".join((fact.__doc__ or fact.__name__).strip().rstrip(".") for fact in clause) for clause in GRANTS[permission]]
        lines.append(f"| `{permission.value}` | {'<br>'.join(clauses)} | {'yes' if permission in TOKEN_MAY else 'no'} |")
    return "\n".join(lines) + "\n"
