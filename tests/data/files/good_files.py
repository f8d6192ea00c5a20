"""Ordinary papers, written by the programs that people use."""

import io
import subprocess
import tempfile
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pillow_heif
import pptx
import pypdf
import typst
import xlsxwriter
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from fpdf import FPDF
from odf import draw, table, text
from odf.opendocument import (
    OpenDocumentPresentation,
    OpenDocumentSpreadsheet,
    OpenDocumentText,
)
from odf.style import MasterPage, PageLayout
from openpyxl.chart import BarChart, Reference
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, TextStringObject
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from tests.data.files.make import makes
from tests.data.files.parts import before, letter, paper, picture, with_parts

WORDS = "Statement of Rosemary Example, invented, of 3 March 2026."


@makes("good/pdf/fpdf2-letter.pdf", "good/pdf/fpdf2-links.pdf", "good/pdf/fpdf2-full-width.pdf")
def fpdf2(which: str) -> bytes:
    pdf = FPDF(format="A5")
    pdf.add_page()
    pdf.set_font("Helvetica", size=11)
    if which == "fpdf2-full-width":
        pdf.set_display_mode("fullwidth", "continuous")
    if which == "fpdf2-links":
        pdf.cell(text="Our page", link="https://example.org/help")
        pdf.cell(text="Write to us", link="mailto:help@example.org")
    pdf.multi_cell(0, 6, WORDS)
    return bytes(pdf.output())


@makes(
    "good/pdf/reportlab-letter.pdf",
    "good/pdf/reportlab-outline.pdf",
    "good/pdf/reportlab-links.pdf",
    "good/pdf/reportlab-cv-names-javascript.pdf",
    "good/pdf/reportlab-form.pdf",
    "good/pdf/reportlab-picture.pdf",
)
def reportlab(which: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A5, pageCompression=0 if "javascript" in which else 1)
    canvas.drawString(40, 500, WORDS)
    if which == "reportlab-outline":
        canvas.bookmarkPage("first")
        canvas.addOutlineEntry("First", "first")
        canvas.showOutline()
    if which == "reportlab-links":
        canvas.bookmarkPage("here")
        canvas.linkAbsolute("back", "here", (40, 400, 90, 420))
        canvas.linkURL("https://example.org/?a=1#b", (40, 300, 90, 320))
        canvas.linkURL("tel:+21612345678", (40, 200, 90, 220))
    if "javascript" in which:
        canvas.drawString(
            40, 460, "Skills: HTML, CSS, /JavaScript /JS (since 2019), /Launch of products"
        )
    if which == "reportlab-form":
        canvas.acroForm.textfield(name="given", x=40, y=400, width=100, height=20)
        canvas.acroForm.checkbox(name="agrees", x=40, y=350)
    if which == "reportlab-picture":
        canvas.drawInlineImage(letter(), 40, 100, 160, 120)
    canvas.save()
    return out.getvalue()


@makes("good/pdf/typst-letter.pdf", "good/pdf/typst-cv.pdf")
def typst_(which: str) -> bytes:
    body = f"= Letter\n{WORDS}\n"
    if which == "typst-cv":
        body += '#outline()\n= Work\n#link("https://example.org")[page], #link("mailto:a@example.org")\n'
        body += "```js\nconsole.log('JavaScript')\n```\n"
    return bytes(typst.compile(body.encode()))


@makes("good/pdf/chromium-page.pdf", "good/pdf/chromium-links.pdf")
def chromium(which: str) -> bytes:
    links = '<p><a href="https://example.org">page</a> <a href="#end">end</a><h2 id="end">End</h2>'
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(f"<title>Letter</title><p>{WORDS}{links if 'links' in which else ''}")
        line = [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder}/p",
        ]
        line += ["--no-pdf-header-footer", f"--print-to-pdf={folder}/out.pdf", page.as_uri()]
        subprocess.run(line, check=True, capture_output=True, timeout=60)
        return Path(folder, "out.pdf").read_bytes()


@makes("good/pdf/qpdf-object-streams.pdf", "good/pdf/qpdf-linearized.pdf")
def qpdf(which: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(reportlab("reportlab-links"))) as pdf:
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            linearize=which == "qpdf-linearized",
        )
    return out.getvalue()


@makes("good/pdf/pillow-scan.pdf", "good/pdf/pillow-fax.pdf")
def scanned(which: str) -> bytes:
    return _saved(letter() if which == "pillow-scan" else letter().convert("1"), "PDF")


def _saved(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


@makes("good/pdf/pypdf-merged.pdf", "good/pdf/pypdf-next-page.pdf", "good/pdf/pypdf-bookmark.pdf")
def pypdf_(which: str) -> bytes:
    writer = pypdf.PdfWriter()
    for each in ("fpdf2-letter", "fpdf2-full-width"):
        writer.append(io.BytesIO(fpdf2(each)))
    writer.page_layout = "/TwoColumnLeft"
    if which == "pypdf-bookmark":
        writer.add_outline_item("Second", 1)
        writer.open_destination = "first"
        writer.add_named_destination("first", 0)
    if which == "pypdf-next-page":
        action = DictionaryObject(
            {NameObject("/S"): NameObject("/Named"), NameObject("/N"): NameObject("/NextPage")}
        )
        writer.pages[0][NameObject("/Annots")] = ArrayObject(
            [
                DictionaryObject(
                    {
                        NameObject("/Type"): NameObject("/Annot"),
                        NameObject("/Subtype"): NameObject("/Link"),
                        NameObject("/Rect"): ArrayObject([FloatObject(n) for n in (0, 0, 50, 50)]),
                        NameObject("/Contents"): TextStringObject("turn"),
                        NameObject("/A"): action,
                    }
                )
            ]
        )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@makes("good/pdf/hand-opens-at-page.pdf", "good/pdf/hand-empty-scripts.pdf")
def by_hand(which: str) -> bytes:
    if which == "hand-empty-scripts":
        return paper(
            catalog="/Names << /JavaScript << /Names [] >> /EmbeddedFiles << /Names [] >> >>"
        )
    return paper("<< /S /GoTo /D [3 0 R /FitH 200] >>", catalog="/OpenAction 4 0 R")


@makes(
    "good/docx/letter.docx",
    "good/docx/table.docx",
    "good/docx/picture.docx",
    "good/docx/links.docx",
    "good/docx/chart.docx",
    "good/docx/contents.docx",
    "good/docx/comment.docx",
)
def word(which: str) -> bytes:
    made = docx.Document()
    made.add_heading("Letter")
    line = made.add_paragraph(WORDS)
    made.sections[0].header.paragraphs[0].text = "Invented office"
    if which == "table":
        made.add_table(3, 2).cell(0, 0).text = "Macro, script, =WEBSERVICE(1), cmd|'/c x'!A1"
    if which == "picture":
        made.add_picture(io.BytesIO(picture("PNG")), width=Inches(2))
    if which == "links":
        for address in ("https://example.org/help", "mailto:help@example.org"):
            made.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    if which == "chart":
        _with_chart(made)
    if which == "contents":
        _field(line, ' TOC \\o "1-3" \\h \\z \\u ')
        _field(line, " PAGE ")
        _field(line, ' HYPERLINK "https://example.org" ')
    if which == "comment":
        made.add_comment(line.runs, text="True?", author="Paul Invented", initials="PI")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _field(line: object, instruction: str) -> None:
    for kind in ("begin", "", "separate", "end"):
        run = line.add_run()._r
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = instruction
        run.append(mark)


def _with_chart(made: object) -> None:
    """A chart with the workbook of its figures, as Word keeps them."""
    chart = Part(
        PackURI("/word/charts/chart1.xml"),
        "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
        b'<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"/>',
        made.part.package,
    )
    workbook = Part(
        PackURI("/word/embeddings/Microsoft_Excel_Worksheet.xlsx"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        sheet("plain"),
        made.part.package,
    )
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    made.part.relate_to(chart, base + "chart")
    chart.relate_to(workbook, base + "package")


@makes("good/xlsx/plain.xlsx", "good/xlsx/formulas.xlsx", "good/xlsx/chart.xlsx")
def sheet(which: str) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    for row in (("Month", "Arrivals"), ("January", 12), ("February", 17)):
        page.append(row)
    if which == "formulas":
        page["C1"] = "=SUM(B2:B3)"
        page["C2"] = '=A2&"|"&B2&"! cmd|\'x\'!A1"'
        page["C3"] = "=VLOOKUP(A2,A1:B3,2,FALSE)"
    if which == "chart":
        chart = BarChart()
        chart.add_data(Reference(page, min_col=2, min_row=1, max_row=3), titles_from_data=True)
        page.add_chart(chart, "D2")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@makes(
    "good/xlsx/writer-chart.xlsx",
    "good/xlsx/writer-links.xlsx",
    "good/xlsx/writer-picture.xlsx",
    "good/xlsx/writer-choices.xlsx",
)
def writer(which: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet("Cases")
    page.write_row(0, 0, ["Open", "Closed"])
    page.write_row(1, 0, [3, 4])
    if which == "writer-chart":
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Cases!$A$2:$B$2"})
        page.insert_chart("D2", chart)
    if which == "writer-links":
        page.write_url("A4", "https://example.org/a b")
        page.write_url("A5", "mailto:help@example.org")
        page.write_url("A6", "internal:Cases!A1")
    if which == "writer-picture":
        page.insert_image("D2", "letter.png", {"image_data": io.BytesIO(picture("PNG"))})
    if which == "writer-choices":
        page.data_validation("A3", {"validate": "list", "source": ["yes", "no"]})
        page.conditional_format("A2:B2", {"type": "3_color_scale"})
    book.close()
    return out.getvalue()


@makes(
    "good/pptx/plain.pptx", "good/pptx/chart.pptx", "good/pptx/picture.pptx", "good/pptx/links.pptx"
)
def slides(which: str) -> bytes:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = WORDS
    if which == "chart":
        figures = CategoryChartData()
        figures.categories = ["January", "February"]
        figures.add_series("Arrivals", (12, 17))
        slide.shapes.add_chart(
            XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(4), Inches(3), figures
        )
    if which == "picture":
        slide.shapes.add_picture(io.BytesIO(picture("PNG")), Inches(1), Inches(2))
    if which == "links":
        run = slide.shapes.title.text_frame.paragraphs[0].runs[0]
        run.hyperlink.address = "https://example.org"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@makes(
    "good/odt/letter.odt",
    "good/odt/links.odt",
    "good/odt/picture.odt",
    "good/odt/template-named.odt",
)
def writer_(which: str) -> bytes:
    made = OpenDocumentText()
    line = text.P(text=WORDS)
    made.text.addElement(line)
    if which == "links":
        for address in ("https://example.org", "mailto:help@example.org", "#end"):
            line.addElement(text.A(href=address, text="here"))
    if which == "picture":
        frame = draw.Frame(width="4cm", height="3cm", anchortype="as-char")
        href = made.addPicture("letter.png", mediatype="image/png", content=picture("PNG"))
        frame.addElement(draw.Image(href=href))
        line.addElement(frame)
    out = io.BytesIO()
    made.write(out)
    if which == "template-named":  # as LibreOffice writes it of a letter begun from a form
        named = '<meta:template xlink:type="simple" xlink:actuate="onRequest" xlink:href="/home/r/form.ott"/>'
        empty = {"Configurations2/accelerator/current.xml": b""}
        return with_parts(out.getvalue(), {"meta.xml": before("</office:meta>", named), **empty})
    return out.getvalue()


@makes("good/ods/figures.ods")
def calc() -> bytes:
    made = OpenDocumentSpreadsheet()
    sheet_ = table.Table(name="Arrivals")
    row = table.TableRow()
    row.addElement(table.TableCell(valuetype="float", value="12", formula="of:=SUM([.B1:.B3])"))
    sheet_.addElement(row)
    made.spreadsheet.addElement(sheet_)
    out = io.BytesIO()
    made.write(out)
    return out.getvalue()


@makes("good/odp/slide.odp")
def impress() -> bytes:
    made = OpenDocumentPresentation()
    made.automaticstyles.addElement(PageLayout(name="plain"))
    made.masterstyles.addElement(MasterPage(name="plain", pagelayoutname="plain"))
    made.presentation.addElement(draw.Page(name="one", masterpagename="plain"))
    out = io.BytesIO()
    made.write(out)
    return out.getvalue()


@makes(
    "good/jpg/camera.jpg",
    "good/jpg/progressive.jpg",
    "good/jpg/grey.jpg",
    "good/png/screen.png",
    "good/png/alpha.png",
    "good/png/with-xmp.png",
    "good/webp/message.webp",
    "good/png/fax.gif",
    "good/gif/moving.gif",
    "good/pdf/scan-of-three-pages.tif",
    "good/jpg/iphone.heic",
    "good/jpg/android.avif",
)
def pictures(which: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "Zqxmarker place"
    exif.get_ifd(0x8825)[2] = (36.0, 48.0, 0.0)
    page = letter()
    turned = [page.rotate(angle).convert("1") for angle in (0, 90, 180)]
    pillow_heif.register_heif_opener()
    makers = {
        "camera": lambda: _saved(page, "JPEG", exif=exif),
        "progressive": lambda: _saved(
            page, "JPEG", progressive=True, xmp=b"<?xpacket?><x>Zqxmarker</x>"
        ),
        "grey": lambda: _saved(page.convert("L"), "JPEG"),
        "screen": lambda: _saved(page, "PNG"),
        "alpha": lambda: _saved(page.convert("RGBA"), "PNG"),
        "with-xmp": _png_with_xmp,
        "message": lambda: _saved(page, "WEBP", exif=exif),
        "fax": lambda: _saved(page.convert("1"), "GIF"),
        "moving": lambda: _saved(turned[0], "GIF", save_all=True, append_images=turned[1:]),
        "scan-of-three-pages": lambda: _saved(
            turned[0], "TIFF", save_all=True, append_images=turned[1:], compression="group4"
        ),
        "iphone": lambda: _saved(page, "HEIF", exif=exif.tobytes(), quality=60),
        "android": lambda: _saved(page, "AVIF", exif=exif),
    }
    return makers[which]()


@makes("good/png/scan.bmp")
def bitmap() -> bytes:
    return _saved(letter().convert("L"), "BMP")


@makes("good/png/scan.tif")
def scan() -> bytes:
    return _saved(letter().convert("1"), "TIFF", compression="group4")


def _png_with_xmp() -> bytes:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415

    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", '<?xml version="1.0"?><x>Zqxmarker</x>')
    return _saved(letter(), "PNG", pnginfo=info)


@makes("good/txt/note.txt", "good/txt/note-arabic.txt")
def note(which: str) -> bytes:
    return ("ملاحظة مخترعة" if "arabic" in which else WORDS).encode()
