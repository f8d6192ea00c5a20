"""The HTTP kit.

- :mod:`web.guard`             a blueprint whose routes declare their permission, and the guard
- :mod:`web.barring`           what stands before it: a lock, a factor that is not fresh
- :mod:`web.links`             every address
- :mod:`web.finding`           the record of an address, by its row id
- :mod:`web.forms`             forms for pages, from the same schemas as the API
- :mod:`web.field_types`       fields of our own
- :mod:`web.unseen`            what nobody sees is taken out of what is pasted
- :mod:`web.errors`            what can go wrong, in words; pages and problems (RFC 9457)
- :mod:`web.refusals`          what was wrong with what was sent, on a page or as a problem
- :mod:`web.looking`           what goes out is seen before it goes
- :mod:`web.paging`            lists that cost the same at any size
- :mod:`web.navigation`        the main navigation, by what one may do
- :mod:`web.sessions`          sessions on the server
- :mod:`web.shown`             a page that a form showed, to be gone back to
- :mod:`web.kept_rules`        how forms that are kept are called, and what never lies in one
- :mod:`web.later`             an answer whose content is made after everything is committed
- :mod:`web.headers`           what every response carries
- :mod:`web.template_filters`  dates, names of codes, the person's line: words for templates
- :mod:`web.template_cache`    templates compiled once an installation
- :mod:`web.parts`             what a package brings to the application
- :mod:`web.openapi`           the API's own description
"""
