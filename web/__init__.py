"""The HTTP kit: guarded rooms, forms drawn from schemas, paging, errors, headers, sessions,
OpenAPI.

- :mod:`web.guard`      Room: every route declares its permission; the guard finds the record, asks,
  parses, commits
- :mod:`web.forms`     fields with labels; forms for pages, from the same schemas as the API
- :mod:`web.errors`    what can go wrong, in words; pages and problems (RFC 9457)
- :mod:`web.paging`    lists that cost the same at any size
- :mod:`web.sessions`  sessions on the server
- :mod:`web.headers`   what every response carries
- :mod:`web.template_filters`     dates, names of codes, the person's line: filters for templates
- :mod:`web.openapi`   the API's own description
"""
