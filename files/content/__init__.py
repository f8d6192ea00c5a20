"""What a file is made of, and whether that may stay: bytes in, a verdict out. Knows no database.

- :mod:`files.content.kinds`         the kinds that are taken, their bounds, what a verdict is
- :mod:`files.content.pdf`           every object of a PDF, and what its actions do
- :mod:`files.content.pdf_objects`   finding the objects, as a viewer would that repairs a file
- :mod:`files.content.office`        Office documents as archives of parts
- :mod:`files.content.ooxml`         what the parts of DOCX, XLSX and PPTX do
- :mod:`files.content.opendocument`  what the parts of ODT, ODS and ODP do
- :mod:`files.content.markup`        reading the XML of a part, without a tree and without DTD
- :mod:`files.content.images`        pictures made anew, with nothing but their pixels
- :mod:`files.content.recordings`    sound and video by their boxes and headers
- :mod:`files.content.looking`       which of these looks into which kind
- :mod:`files.content.apart`         looking in a process of its own, within bounds
- :mod:`files.content.child`         that process
"""
