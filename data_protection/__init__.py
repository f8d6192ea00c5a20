"""Data protection: erasure by two, retention, exceptions to who may see, alerts, the trail's pages.

- :mod:`data_protection.erasure`            asked by one, decided by another
- :mod:`data_protection.retention`          cases past their day are proposed
- :mod:`data_protection.access_exceptions`  a case kept from somebody; one opened in an emergency
- :mod:`data_protection.access_alerts`      unusual access, read from the trail
- :mod:`data_protection.requests_of_persons`  the register of what persons ask of their data
- :mod:`data_protection.request_pages`, :mod:`data_protection.request_routes`, \
  :mod:`data_protection.api`  its pages, and the same as JSON
- :mod:`data_protection.reading_on`, :mod:`data_protection.reading_routes`  past very many cases
- :mod:`data_protection.register`, :mod:`data_protection.yearly`  what is kept; a year in figures
- :mod:`data_protection.queries`            erasures, alerts, emergencies, the trail
- :mod:`data_protection.pages`              what stands on each page
- :mod:`data_protection.routes`             erasures, blocks, emergencies, alerts
- :mod:`data_protection.trail_routes`       the trail, of a case and as a whole
- :mod:`data_protection.permissions_page`   ``docs/permissions.md``
"""
