"""Files of a case: received in parts, looked into, kept sealed outside the database.

- :mod:`files.receiving`   parts come in, each sealed before it is stored
- :mod:`files.content`     what a file is made of, and whether that may stay
- :mod:`files.inspecting`  a received file is kept, made anew or refused
- :mod:`files.photographs` files that show the person, and the person's word on it
- :mod:`files.streams`     a stored file as a stream, in memory
- :mod:`files.storing`     where sealed parts lie: a folder or a bucket
- :mod:`files.serving`     a file goes out, whole or from where a download broke off
- :mod:`files.jobs`        looking into files, forgetting them
- :mod:`files.queries`     files of a case that somebody may open or change
- :mod:`files.pages`       what stands on the page of files
- :mod:`files.routes`      the pages
"""
